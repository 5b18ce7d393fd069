"""What every `ConversationRepository` does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.conversations import CosmosConversationRepository
from ragtenancy.adapters.memory.conversations import InMemoryConversationRepository
from ragtenancy.adapters.sqlite.conversations import SqliteConversationRepository
from ragtenancy.domain.conversations import RatedTurn, TurnStatus
from ragtenancy.domain.errors import (
    IsolationBreach,
    MalformedError,
    NotFoundError,
    StaleWriteError,
)
from ragtenancy.domain.feedback import Feedback, Rating
from ragtenancy.domain.ids import DocumentId, SessionId, UserId
from ragtenancy.domain.pages import Cursor
from ragtenancy.domain.sources import Citation, Place, Unsupported
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.conversations import ConversationRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, SESSION_ID, conversation, scope, turn

BACKENDS = [
    *in_houses(InMemoryConversationRepository, SqliteConversationRepository),
    *on_cosmos(CosmosConversationRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

ANNA = UserId("anna")


@pytest.fixture
def conversations(house: House) -> ConversationRepository:
    return house.conversations


async def hold(
    conversations: ConversationRepository,
    turns: int = 1,
    session_id: str = SESSION_ID,
    user_id: UserId | None = None,
) -> None:
    for index in range(turns):
        held = conversation(session_id=session_id, user_id=user_id)
        await conversations.append(ACME, held, turn(index))


async def test_what_is_absent_is_none(conversations: ConversationRepository) -> None:
    assert await conversations.get(ACME, SESSION_ID) is None
    assert await conversations.turns(ACME, SESSION_ID) is None
    assert (await conversations.page(ACME)).items == ()


async def test_a_conversation_comes_out_with_its_turns(
    conversations: ConversationRepository,
) -> None:
    aborted = turn(1, status=TurnStatus.ABORTED, sources=(), grounded=False)
    await conversations.append(ACME, conversation(user_id=ANNA), turn(0))
    await conversations.append(ACME, conversation(user_id=ANNA), aborted)

    found = await conversations.get(ACME, SESSION_ID)

    assert found == conversation(user_id=ANNA, turns=(turn(0), aborted), updated_at=NOW + SECOND)


async def test_a_turn_comes_out_with_all_that_was_said_of_it(
    conversations: ConversationRepository,
) -> None:
    cited = structs.replace(
        turn(0).sources[0],
        cited=True,
        range=(3, 9),
        also_in=(Place(document_id=DocumentId("doc_2"), filename="b.md"),),
    )
    kept = turn(
        0,
        turn_id="turn_1",
        sources=(cited,),
        truncated=True,
        heard=(DocumentId("doc_before"),),
        citations=(Citation(index=1, marker=(9, 12), quote="A", range=(3, 4), page=2),),
        unsupported=(Unsupported(range=(0, 4), reason="not_cited"),),
        missing_identifiers=("E099",),
    )
    await conversations.append(ACME, conversation(), kept)

    found = await conversations.get(ACME, SESSION_ID)

    assert found is not None
    assert found.turns == (kept,)


@pytest.mark.parametrize(("last", "expected"), [(2, [10, 11]), (0, []), (99, list(range(12)))])
async def test_the_last_turns_can_be_asked_for(
    conversations: ConversationRepository, last: int, expected: list[int]
) -> None:
    await hold(conversations, 12)

    found = await conversations.get(ACME, SESSION_ID, last=last)

    assert found is not None
    assert [t.index for t in found.turns] == expected


async def test_a_conversation_of_its_last_turns_can_be_continued(
    conversations: ConversationRepository,
) -> None:
    await hold(conversations, 3)
    tail = await conversations.get(ACME, SESSION_ID, last=1)
    assert tail is not None

    await conversations.append(ACME, tail, turn(3))

    whole = await conversations.get(ACME, SESSION_ID)
    assert whole is not None
    assert [t.index for t in whole.turns] == [0, 1, 2, 3]


async def test_a_turn_of_a_taken_index_is_refused(conversations: ConversationRepository) -> None:
    await hold(conversations, 1)
    before = await conversations.get(ACME, SESSION_ID)

    with pytest.raises(StaleWriteError):
        await conversations.append(ACME, conversation(), turn(0, created_at=NOW + 9 * SECOND))

    assert await conversations.get(ACME, SESSION_ID) == before


async def test_of_two_turns_at_once_one_wins(conversations: ConversationRepository) -> None:
    results = await asyncio.gather(
        *(conversations.append(ACME, conversation(), turn(0)) for _ in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(result, StaleWriteError) for result in results) == 3


async def test_turns_are_paged_oldest_first(conversations: ConversationRepository) -> None:
    await hold(conversations, 3)

    first = await conversations.turns(ACME, SESSION_ID, limit=2)
    assert first is not None
    second = await conversations.turns(ACME, SESSION_ID, after=first.next, limit=2)

    assert second is not None
    assert (*first.items, *second.items) == (turn(0), turn(1), turn(2))
    assert second.next is None


async def test_sessions_are_paged_oldest_first(conversations: ConversationRepository) -> None:
    await hold(conversations, 2, "c")
    await hold(conversations, 1, "a", ANNA)
    await hold(conversations, 1, "b")

    first = await conversations.page(ACME, limit=2)
    second = await conversations.page(ACME, after=first.next, limit=2)

    assert [(s.session_id, s.turns, s.user_id) for s in (*first.items, *second.items)] == [
        ("c", 2, None),
        ("a", 1, ANNA),
        ("b", 1, None),
    ]
    assert second.next is None
    assert (first.items[0].created_at, first.items[0].updated_at) == (NOW, NOW + SECOND)


async def test_sessions_of_one_user(conversations: ConversationRepository) -> None:
    await hold(conversations, 1, "hers", ANNA)
    await hold(conversations, 1, "nobodys")

    page = await conversations.page(ACME, user_id=ANNA)

    assert [s.session_id for s in page.items] == ["hers"]


async def test_a_bad_cursor_is_malformed(conversations: ConversationRepository) -> None:
    await hold(conversations)

    with pytest.raises(MalformedError):
        await conversations.page(ACME, after=Cursor("?"))
    with pytest.raises(MalformedError):
        await conversations.turns(ACME, SESSION_ID, after=Cursor("eA"))


async def test_deleting_takes_the_turns_along(conversations: ConversationRepository) -> None:
    await hold(conversations, 2)

    await conversations.delete(ACME, SESSION_ID)
    await conversations.delete(ACME, SESSION_ID)

    await hold(conversations, 1)
    found = await conversations.get(ACME, SESSION_ID)
    assert found is not None
    assert len(found.turns) == 1


async def test_a_users_conversations_are_deleted_together(
    conversations: ConversationRepository,
) -> None:
    await hold(conversations, 1, "one", ANNA)
    await hold(conversations, 1, "two", ANNA)
    await hold(conversations, 1, "other", UserId("ben"))

    assert await conversations.delete_user(ACME, ANNA) == 2
    assert await conversations.delete_user(ACME, ANNA) == 0
    assert await conversations.count(ACME) == 1


async def test_tenants_do_not_see_each_others_sessions(
    conversations: ConversationRepository,
) -> None:
    await hold(conversations, 2)
    theirs = structs.replace(conversation(GLOBEX), updated_at=turn(0).created_at)
    await conversations.append(GLOBEX, theirs, turn(0))

    await conversations.drop(ACME)

    assert await conversations.get(ACME, SESSION_ID) is None
    assert await conversations.get(GLOBEX, SESSION_ID) == theirs.with_turn(turn(0))


async def test_sessions_that_differ_in_a_separator_are_two(
    conversations: ConversationRepository,
) -> None:
    await hold(conversations, 1, "a:b")
    await hold(conversations, 1, "a.b")

    await conversations.delete(ACME, SessionId("a:b"))

    assert await conversations.get(ACME, SessionId("a.b")) is not None


async def test_another_tenants_conversation_is_not_taken_in(
    conversations: ConversationRepository,
) -> None:
    with pytest.raises(IsolationBreach):
        await conversations.append(ACME, conversation(GLOBEX), turn(0))


async def test_what_is_misfiled_is_a_breach(house: House) -> None:
    await hold(house.conversations)
    await house.conversations.count(GLOBEX)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.conversations.get(GLOBEX, SESSION_ID)
    with pytest.raises(IsolationBreach):
        await house.conversations.page(GLOBEX)


async def test_without_a_container_nothing_is_remembered(
    conversations: ConversationRepository,
) -> None:
    nobody = scope("nobody")

    with pytest.raises(NotFoundError):
        await conversations.append(nobody, conversation(nobody), turn(0))

    await conversations.drop(nobody)


async def test_a_turn_of_a_session_that_was_erased_meanwhile_is_not_kept(
    conversations: ConversationRepository,
) -> None:
    await hold(conversations, 2)
    await conversations.delete(ACME, SESSION_ID)

    await conversations.append(ACME, conversation(), turn(2))

    assert await conversations.get(ACME, SESSION_ID) is None


async def test_a_session_of_no_user_becomes_the_users_who_goes_on_with_it(
    conversations: ConversationRepository,
) -> None:
    await conversations.append(ACME, conversation(user_id=None), turn(0))

    await conversations.append(ACME, conversation(user_id=ANNA), turn(1))

    assert [s.user_id for s in (await conversations.page(ACME, user_id=ANNA)).items] == [ANNA]
    assert await conversations.delete_user(ACME, ANNA) == 1


FIRST, SECOND_TURN = "turn_1", "turn_2"


def feedback(rating: Rating = Rating.DOWN, **given: Any) -> Feedback:
    return Feedback(rating=rating, **({"given_at": NOW} | given))


async def hold_two(conversations: ConversationRepository, session_id: str = SESSION_ID) -> None:
    held = conversation(session_id=session_id, user_id=ANNA)
    await conversations.append(ACME, held, turn(0, turn_id=FIRST))
    await conversations.append(ACME, held, turn(1, turn_id=SECOND_TURN))


async def rated_ids(conversations: ConversationRepository, **asked: Any) -> list[str]:
    return [each.turn.turn_id for each in (await conversations.rated(ACME, **asked)).items]


async def test_feedback_comes_out_with_its_turn(conversations: ConversationRepository) -> None:
    given = feedback(comment="Wrong year.", right_document_id=DocumentId("doc_2"))
    await hold_two(conversations)

    assert await conversations.rate(ACME, SESSION_ID, SECOND_TURN, given)

    rated = turn(1, turn_id=SECOND_TURN, feedback=given)
    found = await conversations.get(ACME, SESSION_ID)
    assert found is not None
    assert found.turns == (turn(0, turn_id=FIRST), rated)
    page = await conversations.rated(ACME)
    assert page.items == (RatedTurn(session_id=SessionId(SESSION_ID), turn=rated),)


@pytest.mark.parametrize(
    ("owner", "session_id", "turn_id"),
    [
        (ACME, SESSION_ID, "turn_3"),
        (ACME, SESSION_ID, ""),
        (ACME, "other", FIRST),
        (GLOBEX, SESSION_ID, FIRST),
    ],
)
async def test_an_absent_turn_takes_no_feedback(
    conversations: ConversationRepository, owner: TenantScope, session_id: str, turn_id: str
) -> None:
    await hold_two(conversations)

    assert not await conversations.rate(owner, SessionId(session_id), turn_id, feedback())

    assert await rated_ids(conversations) == []


async def test_later_feedback_replaces_earlier(conversations: ConversationRepository) -> None:
    await hold_two(conversations)
    for turn_id in (FIRST, SECOND_TURN):
        await conversations.rate(ACME, SESSION_ID, turn_id, feedback())

    await conversations.rate(ACME, SESSION_ID, FIRST, feedback(Rating.UP))

    page = await conversations.rated(ACME)
    given = [(each.turn.turn_id, each.turn.feedback) for each in page.items]
    assert given == [(SECOND_TURN, feedback()), (FIRST, feedback(Rating.UP))]


async def test_feedback_is_paged_in_order(conversations: ConversationRepository) -> None:
    await hold_two(conversations, "one")
    await hold_two(conversations, "two")
    for session_id, turn_id in [("two", SECOND_TURN), ("one", FIRST), ("two", FIRST)]:
        await conversations.rate(ACME, SessionId(session_id), turn_id, feedback())

    first = await conversations.rated(ACME, limit=2)
    second = await conversations.rated(ACME, after=first.next, limit=2)

    listed = [(each.session_id, each.turn.turn_id) for each in (*first.items, *second.items)]
    assert listed == [("two", SECOND_TURN), ("one", FIRST), ("two", FIRST)]
    assert second.next is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"since": NOW + SECOND}, [SECOND_TURN]),
        ({"until": NOW + SECOND}, [FIRST]),
        ({"since": NOW, "until": NOW + 2 * SECOND}, [FIRST, SECOND_TURN]),
        ({"since": NOW + 2 * SECOND}, []),
    ],
)
async def test_feedback_is_listed_by_its_time(
    conversations: ConversationRepository, asked: Any, expected: list[str]
) -> None:
    await hold_two(conversations)
    await conversations.rate(ACME, SESSION_ID, FIRST, feedback())
    await conversations.rate(ACME, SESSION_ID, SECOND_TURN, feedback(given_at=NOW + SECOND))

    assert await rated_ids(conversations, **asked) == expected


async def test_a_turn_stored_with_feedback_is_listed(
    conversations: ConversationRepository,
) -> None:
    rated = turn(0, turn_id=FIRST, feedback=feedback())

    await conversations.append(ACME, conversation(), rated)

    page = await conversations.rated(ACME)
    assert [(each.session_id, each.turn) for each in page.items] == [(SESSION_ID, rated)]


async def test_erasing_takes_feedback_along(conversations: ConversationRepository) -> None:
    await hold_two(conversations, "one")
    await hold_two(conversations, "two")
    await conversations.append(ACME, conversation(session_id="kept"), turn(0, turn_id="turn_k"))
    for session_id, turn_id in [("one", FIRST), ("two", FIRST), ("kept", "turn_k")]:
        await conversations.rate(ACME, SessionId(session_id), turn_id, feedback())

    await conversations.delete(ACME, SessionId("one"))
    assert await rated_ids(conversations) == [FIRST, "turn_k"]
    await conversations.delete_user(ACME, ANNA)
    assert await rated_ids(conversations) == ["turn_k"]
    await conversations.drop(ACME)
    assert await rated_ids(conversations) == []


async def test_misfiled_feedback_is_a_breach(house: House) -> None:
    await hold_two(house.conversations)
    await house.conversations.rate(ACME, SESSION_ID, FIRST, feedback())
    await house.conversations.count(GLOBEX)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.conversations.rated(GLOBEX)
    with pytest.raises(IsolationBreach):
        await house.conversations.rate(GLOBEX, SESSION_ID, FIRST, feedback())


async def test_a_bad_cursor_of_feedback_is_malformed(
    conversations: ConversationRepository,
) -> None:
    with pytest.raises(MalformedError):
        await conversations.rated(ACME, after=Cursor("?"))
