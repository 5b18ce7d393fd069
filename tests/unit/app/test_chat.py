"""Turns: sources, refusals, memory, exclusive sessions, interruptions."""

from __future__ import annotations

from contextlib import aclosing
from typing import NoReturn

import pytest
from dependency_injector import providers

from ragtenancy.app.chat.events import ChatMessage, Done, SourcesFound, Token
from ragtenancy.app.search.retrieval import Retriever
from ragtenancy.container import Container
from ragtenancy.domain.conversations import TurnStatus
from ragtenancy.domain.errors import MalformedError, SessionBusyError, UnavailableError
from ragtenancy.domain.ids import SessionId, UserId
from ragtenancy.domain.tenant_config import Features, Prompts, SearchSettings, TenantConfig
from tests.doubles import RecordingChatModel
from tests.unit.app.conftest import GUIDE, Installation
from tests.unit.app.test_usage import Endless, cut_off, started

QUESTION = "When are refunds paid?"
SESSION = SessionId("s1")


@pytest.fixture
def model(container: Container) -> RecordingChatModel:
    model = RecordingChatModel("Refunds are paid within 30 days [1]. See [9].")
    container.chat_model.override(providers.Object(model))
    return model


@pytest.mark.usefixtures("model")
async def test_an_answer_names_its_sources(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)

    reply = await installation.ask(scope, QUESTION)

    assert (reply.answer, reply.grounded) == ("Refunds are paid within 30 days [1]. See.", True)
    assert [source.index for source in reply.sources][:1] == [1]


async def test_the_model_reads_exactly_the_sources(
    installation: Installation, model: RecordingChatModel
) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)

    reply = await installation.ask(scope, QUESTION)

    given = model.requests[-1].passages
    assert [each.text for each in given] == [each.text for each in reply.sources]


async def test_a_question_without_passages_is_refused_without_a_model(
    installation: Installation, model: RecordingChatModel
) -> None:
    prompts = Prompts(no_context_response="No idea.")
    settings = SearchSettings(similarity_threshold=1.0)
    scope = await installation.tenant(
        config=TenantConfig(prompts=prompts, search_settings=settings)
    )
    await installation.ingest(scope)

    reply = await installation.ask(scope, "Do pelicans pay refunds abroad?")

    assert (reply.answer, reply.grounded, list(reply.sources)) == ("No idea.", False, [])
    assert model.requests == []


@pytest.mark.usefixtures("model")
async def test_tokens_add_up_to_the_answer(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)

    events = [
        event
        async for event in installation.container.chat().stream(
            scope, ChatMessage(message=QUESTION)
        )
    ]

    assert isinstance(events[0], SourcesFound)
    assert isinstance(events[-1], Done)
    text = "".join(event.text for event in events if isinstance(event, Token))
    assert text == events[-1].reply.answer


async def test_a_session_remembers(installation: Installation, model: RecordingChatModel) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    await installation.ask(scope, QUESTION, session_id=SESSION)

    await installation.ask(scope, "And how do I get them?", session_id=SESSION)

    assert [turn.question for turn in model.requests[-1].history] == [QUESTION]


async def test_another_tenants_session_of_the_same_id_is_another(
    installation: Installation, model: RecordingChatModel
) -> None:
    mine = await installation.tenant("mine", config=passing())
    theirs = await installation.tenant("theirs", config=passing())
    await installation.ingest(mine)
    await installation.ingest(theirs)
    await installation.ask(theirs, QUESTION, session_id=SESSION)

    await installation.ask(mine, "And how?", session_id=SESSION)

    assert list(model.requests[-1].history) == []


async def test_without_memory_nothing_is_stored(
    installation: Installation, model: RecordingChatModel
) -> None:
    features = Features(conversation_memory=False)
    scope = await installation.tenant(config=passing(features))
    await installation.ingest(scope)

    await installation.ask(scope, QUESTION, session_id=SESSION)
    await installation.ask(scope, QUESTION, session_id=SESSION)

    assert list(model.requests[-1].history) == []
    assert (await installation.container.conversations().page(scope)).items == ()


@pytest.mark.usefixtures("model")
async def test_two_turns_at_once_in_one_session_are_refused(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    chat = installation.container.chat()
    message = ChatMessage(message=QUESTION, session_id=SESSION)

    async with aclosing(chat.stream(scope, message)) as first:
        await anext(first)
        with pytest.raises(SessionBusyError):
            await chat.reply(scope, message)


@pytest.mark.usefixtures("model")
async def test_a_turn_that_is_cut_short_is_stored_as_aborted(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    message = ChatMessage(message=QUESTION, session_id=SESSION)

    async with aclosing(installation.container.chat().stream(scope, message)) as events:
        await anext(events)
        await anext(events)

    turns = await installation.container.conversations().turns(scope, SESSION)
    assert [turn.status for turn in turns.items] == [TurnStatus.ABORTED]


@pytest.mark.usefixtures("model")
async def test_a_session_is_free_after_a_turn_was_cut_short(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    message = ChatMessage(message=QUESTION, session_id=SESSION)
    async with aclosing(installation.container.chat().stream(scope, message)) as events:
        await anext(events)

    reply = await installation.ask(scope, QUESTION, session_id=SESSION)

    assert reply.grounded


async def test_a_model_that_fails_stores_nothing_and_frees_the_session(
    installation: Installation, model: RecordingChatModel
) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    model.failure = UnavailableError("The model is away.")
    with pytest.raises(UnavailableError):
        await installation.ask(scope, QUESTION, session_id=SESSION)
    model.failure = None

    await installation.ask(scope, QUESTION, session_id=SESSION)

    turns = await installation.container.conversations().turns(scope, SESSION)
    assert [turn.index for turn in turns.items] == [0]


async def test_a_message_without_text_is_refused(installation: Installation) -> None:
    scope = await installation.tenant()

    with pytest.raises(MalformedError):
        await installation.ask(scope, "  ")


@pytest.mark.usefixtures("model")
async def test_a_session_is_erased_permanently(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    await installation.ask(scope, QUESTION, session_id=SESSION)

    await installation.container.conversations().erase(scope, SESSION)

    assert (await installation.container.conversations().page(scope)).items == ()


def passing(features: Features | None = None) -> TenantConfig:
    """Return a configuration with which every hit passes."""
    settings = SearchSettings(similarity_threshold=0.0)
    return TenantConfig(search_settings=settings, features=features or Features())


async def test_a_user_can_erase_a_session_that_began_without_a_name(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await installation.ask(scope, QUESTION, session_id=SESSION)
    await installation.ask(scope, QUESTION, session_id=SESSION, user_id=UserId("anna"))

    erased = await installation.container.conversations().erase_user(scope, UserId("anna"))

    assert erased == 1


@pytest.mark.usefixtures("model")
async def test_copies_of_a_passage_are_one_source(installation: Installation) -> None:
    scope = await installation.tenant(config=passing())
    ids = [await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md") for n in range(3)]

    reply = await installation.ask(scope, QUESTION)

    texts = [source.text for source in reply.sources]
    assert len(texts) == len(set(texts))
    first = reply.sources[0]
    assert {first.document_id, *(place.document_id for place in first.also_in)} == set(ids)


@pytest.mark.usefixtures("model")
async def test_a_deleted_document_is_no_longer_listed_as_a_copy(
    installation: Installation,
) -> None:
    scope = await installation.tenant(config=passing())
    for n in range(3):
        await installation.ingest(scope, GUIDE + "\n" * n, filename=f"{n}.md")
    reply = await installation.ask(scope, QUESTION, session_id=SESSION)
    gone, left = reply.sources[0].also_in

    await installation.container.documents().delete(scope, gone.document_id)

    [turn] = (await installation.container.conversations().turns(scope, SESSION)).items
    assert list(turn.sources[0].also_in) == [left]


async def test_an_unreachable_stores_error_is_raised_unchanged(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = await installation.tenant(config=passing())
    await installation.ingest(scope)
    unanswered = UnavailableError("The index is away.", retry_after=3.0)

    async def away(*_: object) -> NoReturn:
        raise unanswered

    monkeypatch.setattr(Retriever, "retrieve_at", away)
    with pytest.raises(UnavailableError) as raised:
        await installation.ask(scope, QUESTION)

    assert raised.value is unanswered


async def test_a_turn_that_was_cut_short_is_shown_with_its_citations(container: Container) -> None:
    _, scope = await started(container, Endless())
    await cut_off(container, scope)

    (shown,) = (await container.conversations().turns(scope, SESSION)).items

    assert [each.index for each in shown.citations or ()] == [1]
