"""Whatever happens between two requests of an operation, others find the store consistent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.change_log import Moved
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.conversations import (
    CosmosConversationRepository,
    CosmosSessionLocks,
)
from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
from ragtenancy.adapters.cosmos.partitions import OwnedItems
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ReindexRequiredError, StaleWriteError
from ragtenancy.domain.ids import DocumentId, Fingerprint, UserId
from ragtenancy.domain.manifest import EMPTY, Manifest
from ragtenancy.domain.reindexing import begun, staged
from tests.emulators.cosmos import cosmos_database
from tests.factories import (
    ACME,
    NOW,
    SECOND,
    SESSION_ID,
    active_document,
    conversation,
    turn,
    upload,
)
from tests.scripted.holders import ScriptedHolders
from tests.unit.adapters.cosmos.interrupted import Happening, Interrupted, KilledError, killed

pytestmark = pytest.mark.emulator

NEW = Fingerprint("model-2")
LEASE = 30 * SECOND
ANNA = UserId("anna")
REQUESTS = range(1, 9)


@pytest.fixture
async def database() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        await CosmosTenantStorage(opened).create(ACME)
        yield opened


def ready(document_id: str) -> Document:
    document = begun(active_document(document_id=document_id), NEW)
    assert document.successor is not None
    return staged(document, document.successor.revision, 4)


async def switch_with(database: Cosmos, before: int, happens: Happening) -> Manifest:
    """Switch two documents with an interruption; return the manifest from before."""
    documents = CosmosDocumentRepository(database)
    for document_id in ("a", "b"):
        await documents.add(ACME, ready(document_id))
    known = EMPTY.applied(await documents.manifest(ACME))
    with suppress(KilledError):
        await CosmosDocumentRepository(Interrupted(database, before, happens)).switch(ACME, NEW)
    return known


async def require_consistent(database: Cosmos, known: Manifest) -> Manifest:
    """Return the manifest; it is of one model, and the difference leads to it."""
    documents = CosmosDocumentRepository(database)
    whole = EMPTY.applied(await documents.manifest(ACME))
    assert known.applied(await documents.manifest(ACME, since=known.generation)) == whole
    assert len({entry.embedding_fingerprint for entry in whole.entries.values()}) == 1
    return whole


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_save_during_a_switch_does_not_undo_it(database: Cosmos, before: int) -> None:
    async def save() -> None:
        documents = CosmosDocumentRepository(database)
        stored = await documents.get(ACME, DocumentId("b"))
        assert stored is not None
        with suppress(StaleWriteError):
            await documents.save(ACME, structs.replace(stored, pending=upload(2)))

    known = await switch_with(database, before, save)

    whole = await require_consistent(database, known)
    assert whole.embedding_fingerprint == NEW


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_successor_given_up_during_a_switch_leaves_one_model(
    database: Cosmos, before: int
) -> None:
    async def give_up() -> None:
        documents = CosmosDocumentRepository(database)
        stored = await documents.get(ACME, DocumentId("b"))
        assert stored is not None
        with suppress(StaleWriteError):
            await documents.save(ACME, structs.replace(stored, successor=None))

    with suppress(StaleWriteError):
        await switch_with(database, before, give_up)

    await require_consistent(database, EMPTY)


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_switch_that_was_killed_has_been_or_has_not(database: Cosmos, before: int) -> None:
    known = await switch_with(database, before, killed)
    seen = await require_consistent(database, known)

    with suppress(ReindexRequiredError):
        await CosmosDocumentRepository(database).add(ACME, active_document(document_id="old"))

    after = await require_consistent(database, seen)
    assert {after.entries[d].revision for d in seen.entries} == {
        entry.revision for entry in seen.entries.values()
    }


@pytest.mark.parametrize("before", [1, 2, 3])
async def test_a_document_removed_meanwhile_is_stale_or_gone(database: Cosmos, before: int) -> None:
    documents = CosmosDocumentRepository(database)

    async def remove() -> None:
        await documents.remove(ACME, DocumentId("a"))

    for write in ("save", "remove"):
        await documents.add(ACME, active_document(document_id="a"))
        late = CosmosDocumentRepository(Interrupted(database, before, remove))
        if write == "save":
            with pytest.raises(StaleWriteError):
                await late.save(ACME, active_document(document_id="a", pending=upload(2)))
        else:
            await late.remove(ACME, DocumentId("a"))

        assert (await documents.manifest(ACME)).active == ()


async def hold(database: Cosmos, turns: int = 2) -> None:
    for index in range(turns):
        held = conversation(user_id=ANNA)
        await CosmosConversationRepository(database).append(ACME, held, turn(index))


@pytest.mark.parametrize("before", REQUESTS)
async def test_what_was_erased_does_not_come_back(database: Cosmos, before: int) -> None:
    await hold(database)
    broken = CosmosConversationRepository(Interrupted(database, before, killed))
    conversations = CosmosConversationRepository(database)

    with suppress(KilledError):
        await broken.delete(ACME, SESSION_ID)
    await conversations.delete_user(ACME, ANNA)
    await hold(database, turns=1)

    found = await conversations.get(ACME, SESSION_ID)
    assert found is not None
    assert found.turns == (turn(0),)


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_turn_of_what_is_erased_meanwhile_is_not_kept(
    database: Cosmos, before: int
) -> None:
    await hold(database)
    conversations = CosmosConversationRepository(database)

    async def erase() -> None:
        await conversations.delete(ACME, SESSION_ID)

    late = Interrupted(database, before, erase)
    await CosmosConversationRepository(late).append(ACME, conversation(), turn(2))

    found = await conversations.get(ACME, SESSION_ID)
    assert (found is None) == late.happened


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_turn_during_an_erasure_does_not_outlive_it(database: Cosmos, before: int) -> None:
    await hold(database)
    conversations = CosmosConversationRepository(database)

    async def go_on() -> None:
        await conversations.append(ACME, conversation(), turn(2))

    erasing = Interrupted(database, before, go_on)
    await CosmosConversationRepository(erasing).delete(ACME, SESSION_ID)
    await hold(database, turns=1)

    found = await conversations.get(ACME, SESSION_ID)
    assert found is not None
    assert found.turns == (turn(0),)


@pytest.mark.parametrize("before", [1, 2])
async def test_a_late_release_leaves_the_lock_of_who_took_it_over(
    database: Cosmos, before: int
) -> None:
    locks, later = CosmosSessionLocks(database, ScriptedHolders()), NOW + LEASE
    await locks.acquire(ACME, SESSION_ID, "one", now=NOW, until=later)

    async def take_over() -> None:
        assert await locks.acquire(ACME, SESSION_ID, "two", now=later, until=later + LEASE)

    late = Interrupted(database, before, take_over)
    await CosmosSessionLocks(late, ScriptedHolders()).release(ACME, SESSION_ID, "one")

    assert not await locks.acquire(ACME, SESSION_ID, "three", now=later, until=later + LEASE)


async def test_a_lock_that_was_taken_over_is_not_given_up_by_who_remembers_it(
    database: Cosmos,
) -> None:
    later = NOW + LEASE
    locks = CosmosSessionLocks(database, ScriptedHolders())
    await locks.acquire(ACME, SESSION_ID, "one", now=NOW, until=later)
    await CosmosSessionLocks(database, ScriptedHolders()).acquire(
        ACME, SESSION_ID, "two", now=later, until=later + LEASE
    )

    await locks.release(ACME, SESSION_ID, "one")

    assert not await locks.acquire(ACME, SESSION_ID, "three", now=later, until=later + LEASE)


async def test_a_lock_renewed_by_another_process_is_given_up_all_the_same(
    database: Cosmos,
) -> None:
    locks = CosmosSessionLocks(database, ScriptedHolders())
    await locks.acquire(ACME, SESSION_ID, "one", now=NOW, until=NOW + LEASE)
    await CosmosSessionLocks(database, ScriptedHolders()).renew(
        ACME, SESSION_ID, "one", until=NOW + 2 * LEASE
    )

    await locks.release(ACME, SESSION_ID, "one")

    assert await locks.acquire(ACME, SESSION_ID, "two", now=NOW, until=NOW + LEASE)


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_turn_of_a_session_read_a_moment_ago_does_not_outlive_its_erasure(
    database: Cosmos, before: int
) -> None:
    await hold(database)
    others = CosmosConversationRepository(database)

    async def erase() -> None:
        await others.delete(ACME, SESSION_ID)

    late = Interrupted(database, before, erase)
    conversations = CosmosConversationRepository(late)
    if await conversations.get(ACME, SESSION_ID):
        await conversations.append(ACME, conversation(), turn(2))

    assert (await others.get(ACME, SESSION_ID) is None) == late.happened


async def test_a_turn_after_one_of_another_process_is_added(database: Cosmos) -> None:
    await hold(database)
    conversations = CosmosConversationRepository(database)
    read = await conversations.get(ACME, SESSION_ID)
    assert read is not None
    await CosmosConversationRepository(database).append(ACME, conversation(), turn(2))

    await conversations.append(ACME, read, turn(3))

    found = await conversations.get(ACME, SESSION_ID)
    assert found is not None
    assert [each.index for each in found.turns] == [0, 1, 2, 3]


async def test_who_misses_an_expired_line_of_the_log_is_given_everything(database: Cosmos) -> None:
    documents = CosmosDocumentRepository(database)
    for document_id in ("a", "b", "c"):
        await documents.add(ACME, active_document(document_id=document_id))
    lines = OwnedItems(database, "documents", "move", Moved)
    assert not (await documents.manifest(ACME, since=1)).whole

    assert await lines.delete(ACME, "2")

    delta = await documents.manifest(ACME, since=1)
    assert (delta.whole, len(delta.active)) == (True, 3)
    assert not (await documents.manifest(ACME, since=2)).whole
