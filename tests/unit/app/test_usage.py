"""Which tokens of a turn are counted, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest
from dependency_injector import providers

from ragtenancy.app.chat.events import ChatMessage, Exchange, Token
from ragtenancy.container import Container
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import RejectedError, SessionBusyError, UnavailableError
from ragtenancy.domain.ids import ApiKeyId, SessionId
from ragtenancy.domain.metrics import COSMOS_UNITS, PINECONE_UNITS
from ragtenancy.domain.tenant_config import SearchSettings, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Counts, Usage, UsageBy, month_to, total
from tests.doubles import RecordingChatModel
from tests.factories import conversation, turn
from tests.unit.app.conftest import GUIDE, Installation

QUESTION = "When are refunds paid?"
SESSION = SessionId("s1")
PASSING = TenantConfig(search_settings=SearchSettings(similarity_threshold=0.0))
SAID = "Refunds are paid within 30 days [1]. They are "


class Unreporting(RecordingChatModel):
    """A model whose server reports no tokens."""

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        async for delta in super().stream(request):
            yield (
                AnswerDelta(text=delta.text) if delta.usage is None else AnswerDelta(usage=Usage())
            )


class Endless(RecordingChatModel):
    """A model that says something, then goes on for ever."""

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        self.requests.append(request)
        yield AnswerDelta(text=SAID)
        await asyncio.Event().wait()


class Silent(RecordingChatModel):
    """A model that never says a word."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        self.requests.append(request)
        self.asked.set()
        await asyncio.Event().wait()
        yield AnswerDelta()


class Breaking(RecordingChatModel):
    """A model that says something, then fails."""

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        self.requests.append(request)
        yield AnswerDelta(text=SAID)
        raise UnavailableError("Away.", code="model_away")


class Condensing(RecordingChatModel):
    """A model that reports what a rewrite takes."""

    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        rewrite = await super().condense(question, history, model=model)
        return Rewrite(question=rewrite.question, usage=Usage(prompt_tokens=5, completion_tokens=2))


async def started(
    container: Container, model: RecordingChatModel
) -> tuple[Installation, TenantScope]:
    container.chat_model.override(providers.Object(model))
    installation = Installation(container)
    scope = await installation.tenant(config=PASSING)
    await installation.ingest(scope)
    return installation, scope


async def used(container: Container, scope: TenantScope) -> Counts:
    today = container.clock().now().date()
    return total(await container.usage_repository().rows(scope, month_to(today)))


async def cut_off(container: Container, scope: TenantScope) -> None:
    """Ask, and leave with the first word."""
    message = ChatMessage(message=QUESTION, session_id=SESSION)
    async with aclosing(container.chat().stream(scope, message)) as events:
        async for event in events:
            if isinstance(event, Token):
                return


async def overtaken(container: Container, scope: TenantScope) -> None:
    """Ask, while another process adds a turn to the session."""
    repository = container.conversation_repository()
    message = ChatMessage(message=QUESTION, session_id=SESSION)
    taken = conversation(owner=scope, session_id=SESSION)
    async with aclosing(container.chat().stream(scope, message)) as events:
        async for event in events:
            if isinstance(event, Token) and await repository.get(scope, SESSION) is None:
                await repository.append(scope, taken, turn(0))


async def test_a_turn_is_stored_with_its_tokens(container: Container) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))

    await installation.ask(scope, QUESTION, session_id=SESSION)

    stored = await container.conversation_repository().get(scope, SESSION)
    assert stored is not None
    assert stored.turns[0].usage == Usage(prompt_tokens=7, completion_tokens=3)


async def test_a_stream_that_was_cut_off_counts_what_was_sent_and_said(
    container: Container,
) -> None:
    model = Endless()
    _, scope = await started(container, model)

    await cut_off(container, scope)

    counts = await used(container, scope)
    assert counts.questions == 1
    assert counts.completion_tokens == len(SAID.split())
    assert counts.prompt_tokens > len(GUIDE.split())
    assert counts.estimated_tokens == counts.total_tokens
    stored = await container.conversation_repository().get(scope, SESSION)
    assert stored is not None
    assert stored.turns[0].usage.total_tokens == counts.total_tokens


async def test_a_question_given_up_before_the_first_word_counts_its_prompt(
    container: Container,
) -> None:
    model = Silent()
    installation, scope = await started(container, model)
    asking = asyncio.create_task(installation.ask(scope, QUESTION, session_id=SESSION))
    await model.asked.wait()

    asking.cancel()
    await asyncio.wait([asking])

    counts = await used(container, scope)
    assert (counts.questions, counts.completion_tokens) == (1, 0)
    assert counts.prompt_tokens == counts.estimated_tokens > 0
    assert await container.conversation_repository().get(scope, SESSION) is None


async def test_an_answer_that_breaks_off_counts_what_was_said(container: Container) -> None:
    installation, scope = await started(container, Breaking())

    with pytest.raises(UnavailableError):
        await installation.ask(scope, QUESTION)

    assert (await used(container, scope)).completion_tokens == len(SAID.split())


async def test_a_model_that_refuses_at_once_is_free(container: Container) -> None:
    model = RecordingChatModel()
    installation, scope = await started(container, model)
    model.failure = RejectedError("No.")

    with pytest.raises(RejectedError):
        await installation.ask(scope, QUESTION)

    counts = await used(container, scope)
    assert (counts.questions, counts.total_tokens) == (0, 0)


async def test_a_server_that_reports_nothing_is_estimated(container: Container) -> None:
    installation, scope = await started(container, Unreporting(SAID))

    reply = await installation.ask(scope, QUESTION)

    counts = await used(container, scope)
    assert reply.usage.total_tokens == counts.total_tokens == counts.estimated_tokens > 0


async def test_the_tokens_of_a_rewritten_question_count(container: Container) -> None:
    installation, scope = await started(container, Condensing(SAID))
    await installation.ask(scope, QUESTION, session_id=SESSION)

    reply = await installation.ask(scope, "And why is that?", session_id=SESSION)

    assert reply.usage == Usage(prompt_tokens=12, completion_tokens=5)
    assert (await used(container, scope)).prompt_tokens == 19


async def test_a_history_of_the_callers_own_is_counted(container: Container) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))

    await installation.ask(scope, QUESTION, history=[Exchange(question="Hi", answer="Hello")])

    assert (await used(container, scope)).questions == 1


async def test_a_turn_whose_session_another_process_took_is_counted(container: Container) -> None:
    _, scope = await started(container, RecordingChatModel(SAID))

    with pytest.raises(SessionBusyError):
        await overtaken(container, scope)

    assert (await used(container, scope)).questions == 1


async def test_usage_names_the_key_of_documents_and_questions(container: Container) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))
    await installation.ask(scope, QUESTION, key_id=ApiKeyId("key1"))
    await installation.search(scope, QUESTION, key_id=ApiKeyId("key2"))

    found = await container.usage_reports().of(scope.tenant_id, by=UsageBy.KEY)

    counted = {line.name: line.counts for line in found.lines}
    assert counted["key1"].questions == counted["key2"].searches == counted[""].documents == 1


async def test_searches_are_stored_once(container: Container) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))
    await installation.search(scope, QUESTION)
    tally = container.search_tally()

    await tally.store()
    await tally.store()

    assert (await used(container, scope)).searches == 1


async def test_searches_of_a_client_that_is_gone_are_not_its_successors(
    container: Container,
) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))
    await installation.search(scope, QUESTION)
    await container.tenant_deletions().delete(scope.tenant_id, requested_by="test")
    successor = await installation.tenant("acme")

    await container.search_tally().store()

    assert await used(container, successor) == Counts()


async def test_units_are_tallied_for_the_client_that_they_are_for(container: Container) -> None:
    _, scope = await started(container, RecordingChatModel(SAID))
    labels = {"container": "documents", "operation": "read", "client_id": str(scope.tenant_id)}
    container.metrics().count(COSMOS_UNITS, 60.0, **labels)
    container.metrics().count(PINECONE_UNITS, 7.0, operation="query", client_id=scope.tenant_id)
    container.metrics().count(COSMOS_UNITS, 60.0, **labels | {"client_id": "*"})

    await container.search_tally().store(least_units=100.0)
    early = await used(container, scope)
    await container.search_tally().store()

    assert early.request_units == 0.0  # few units alone are not worth a write
    counts = await used(container, scope)
    assert (counts.request_units, counts.read_units) == (60.0, 7.0)


async def test_the_tokens_of_an_embedded_question_count_once(container: Container) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))
    before = (await used(container, scope)).embedding_tokens

    await installation.ask(scope, QUESTION)
    await installation.search(scope, QUESTION)
    await container.search_tally().store()

    assert (await used(container, scope)).embedding_tokens - before == len(QUESTION.split())


async def test_a_questions_tokens_are_stored_without_a_search(container: Container) -> None:
    installation, scope = await started(container, RecordingChatModel(SAID))
    before = (await used(container, scope)).embedding_tokens
    await installation.ask(scope, QUESTION)

    await container.search_tally().store(least_units=100.0)

    assert (await used(container, scope)).embedding_tokens > before


async def test_a_previews_tokens_count_but_no_question(container: Container) -> None:
    _, scope = await started(container, RecordingChatModel(SAID))

    await container.previews().preview(scope.tenant_id, PASSING, QUESTION)

    counts = await used(container, scope)
    assert (counts.questions, counts.prompt_tokens, counts.completion_tokens) == (0, 7, 3)
