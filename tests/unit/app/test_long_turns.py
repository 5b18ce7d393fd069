"""Turns past their deadline, and prompts too long for the model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from dependency_injector import providers

from ragtenancy.container import Container
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest
from ragtenancy.domain.conversations import TurnStatus
from ragtenancy.domain.errors import BackendTimeoutError, PromptTooLongError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenant_config import SearchSettings, TenantConfig
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.settings import Settings
from tests.doubles import RecordingChatModel, in_memory_container
from tests.unit.app.conftest import Installation

SESSION = SessionId("s1")
PASSING = TenantConfig(search_settings=SearchSettings(similarity_threshold=0.0))
TWO_SECTIONS = "# A\n\nRefunds are paid within 30 days.\n\n# B\n\nRefunds are paid to anybody.\n"
QUESTION = "When are refunds paid?"


class SmallModel(RecordingChatModel):
    """A model with room for `room` passages and for no history."""

    def __init__(self, room: int) -> None:
        super().__init__("Refunds are paid within 30 days [1] [2].")
        self.room = room
        self.condense_failure = PromptTooLongError()

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        if request.history or len(request.passages) > self.room:
            self.requests.append(request)
            raise PromptTooLongError
        async for delta in super().stream(request):
            yield delta


class SlowModel(RecordingChatModel):
    """A model that writes a sentence, then hangs."""

    hangs = True

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        if self.hangs:
            yield AnswerDelta(text="Refunds are paid at once. Or ")
            await asyncio.Event().wait()
        async for delta in super().stream(request):
            yield delta


def answering(container: Container, model: ChatModel) -> None:
    container.chat_model.override(providers.Object(model))


@pytest.fixture
def slow() -> SlowModel:
    return SlowModel()


@pytest.fixture
async def hurried(slow: SlowModel) -> AsyncIterator[Installation]:
    """An installation with a very short deadline for turns."""
    container = in_memory_container(Settings(storage="memory", chat_timeout=0.5))
    answering(container, slow)
    async with container.closers():
        yield Installation(container)


async def test_a_turn_past_its_deadline_times_out(hurried: Installation) -> None:
    scope = await hurried.tenant(config=PASSING)
    await hurried.ingest(scope)

    with pytest.raises(BackendTimeoutError) as caught:
        await hurried.ask(scope, QUESTION, session_id=SESSION)

    assert caught.value.reason == "timeout"


async def test_a_late_turns_text_is_kept_and_its_session_is_free(
    hurried: Installation, slow: SlowModel
) -> None:
    scope = await hurried.tenant(config=PASSING)
    await hurried.ingest(scope)
    with pytest.raises(BackendTimeoutError):
        await hurried.ask(scope, QUESTION, session_id=SESSION)

    slow.hangs = False
    await hurried.ask(scope, QUESTION, session_id=SESSION)
    turns = (await hurried.container.conversations().turns(scope, SESSION)).items

    said = [(turn.status, turn.answer) for turn in turns]
    assert sorted(said) == [
        (TurnStatus.ABORTED, "Refunds are paid at once. Or"),
        (TurnStatus.COMPLETE, "Yes [1]."),
    ]


async def test_a_prompt_too_long_is_shortened_and_asked_again(
    container: Container, installation: Installation
) -> None:
    model = SmallModel(room=1)
    answering(container, model)
    scope = await installation.tenant(config=PASSING)
    await installation.ingest(scope, TWO_SECTIONS)

    reply = await installation.ask(scope, QUESTION)

    assert [len(request.passages) for request in model.requests] == [2, 1]
    assert (reply.answer, reply.grounded) == ("Refunds are paid within 30 days [1].", True)
    assert [source.index for source in reply.sources] == [1]
    assert list(reply.degraded) == ["context_trimmed"]


async def test_a_prompt_that_stays_too_long_is_refused(
    container: Container, installation: Installation
) -> None:
    model = SmallModel(room=0)
    answering(container, model)
    scope = await installation.tenant(config=PASSING)
    await installation.ingest(scope)

    with pytest.raises(PromptTooLongError):
        await installation.ask(scope, QUESTION)

    assert len(model.requests) == 2


class FullModel(RecordingChatModel):
    """A model that runs out of room after it has begun to answer."""

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        async for delta in super().stream(request):
            yield delta
        raise PromptTooLongError


async def test_an_answer_that_has_begun_is_not_restarted(
    container: Container, installation: Installation
) -> None:
    model = FullModel("Refunds are paid at once. Or within 30 days [1]. ")
    answering(container, model)
    scope = await installation.tenant(config=PASSING)
    await installation.ingest(scope)

    with pytest.raises(PromptTooLongError):
        await installation.ask(scope, QUESTION)

    assert len(model.requests) == 1


async def test_a_history_that_is_too_long_is_left_out(
    container: Container, installation: Installation
) -> None:
    answering(container, SmallModel(room=2))
    scope = await installation.tenant(config=PASSING)
    await installation.ingest(scope)
    await installation.ask(scope, QUESTION, session_id=SESSION)

    reply = await installation.ask(scope, QUESTION, session_id=SESSION)

    assert list(reply.degraded) == ["context_trimmed"]
    assert reply.grounded
