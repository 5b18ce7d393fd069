"""What every `SessionLocks` does."""

from __future__ import annotations

import asyncio

import pytest

from ragtenancy.adapters.cosmos.conversations import CosmosSessionLocks
from ragtenancy.adapters.memory.conversations import InMemorySessionLocks
from ragtenancy.adapters.sqlite.conversations import SqliteSessionLocks
from ragtenancy.domain.conversations import turn_token
from ragtenancy.domain.errors import IsolationBreach, NotFoundError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.session_locks import SessionLocks
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, SESSION_ID, scope

BACKENDS = [*in_houses(InMemorySessionLocks, SqliteSessionLocks), *on_cosmos(CosmosSessionLocks)]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

LEASE = 30 * SECOND


@pytest.fixture
def locks(house: House) -> SessionLocks:
    return house.session_locks


async def acquire(
    locks: SessionLocks, token: str, owner: TenantScope = ACME, session_id: str = SESSION_ID
) -> bool:
    session = SessionId(session_id)
    return await locks.acquire(owner, session, token, now=NOW, until=NOW + LEASE)


async def test_a_free_session_is_taken_once(locks: SessionLocks) -> None:
    assert await acquire(locks, "one")
    assert not await acquire(locks, "two")


async def test_its_holder_may_take_it_again(locks: SessionLocks) -> None:
    await acquire(locks, "one")

    assert await acquire(locks, "one")


async def test_an_expired_lock_is_free(locks: SessionLocks) -> None:
    await acquire(locks, "one")
    later = NOW + LEASE

    assert await locks.acquire(ACME, SESSION_ID, "two", now=later, until=later + LEASE)
    assert not await locks.renew(ACME, SESSION_ID, "one", until=later + LEASE)


async def test_a_renewed_lock_holds(locks: SessionLocks) -> None:
    await acquire(locks, "one")
    later = NOW + LEASE

    assert await locks.renew(ACME, SESSION_ID, "one", until=later + LEASE)
    assert not await locks.acquire(ACME, SESSION_ID, "two", now=later, until=later + LEASE)


async def test_a_lock_whose_holder_is_dead_is_free_at_once(
    locks: SessionLocks, house: House
) -> None:
    await acquire(locks, turn_token("one", "machine:7:1"))
    before = await acquire(locks, turn_token("two", "machine:8:1"))
    house.holders.bury("machine:7:1")

    assert not before
    assert await acquire(locks, turn_token("two", "machine:8:1"))
    assert not await locks.renew(
        ACME, SESSION_ID, turn_token("one", "machine:7:1"), until=NOW + LEASE
    )
    assert not await acquire(locks, turn_token("three", "machine:9:1"))


async def test_releasing_frees_the_session(locks: SessionLocks) -> None:
    await acquire(locks, "one")

    await locks.release(ACME, SESSION_ID, "one")

    assert await acquire(locks, "two")


async def test_nobody_else_can_release_or_renew(locks: SessionLocks) -> None:
    await acquire(locks, "one")

    await locks.release(ACME, SESSION_ID, "two")

    assert not await locks.renew(ACME, SESSION_ID, "two", until=NOW + LEASE)
    assert not await acquire(locks, "two")


async def test_releasing_what_is_free_is_fine(locks: SessionLocks) -> None:
    await locks.release(ACME, SESSION_ID, "one")

    assert await acquire(locks, "two")


async def test_of_many_at_once_one_gets_it(locks: SessionLocks) -> None:
    taken = await asyncio.gather(*(acquire(locks, f"token-{n}") for n in range(8)))

    assert sum(taken) == 1


async def test_sessions_and_tenants_are_locked_apart(locks: SessionLocks) -> None:
    assert await acquire(locks, "one")
    assert await acquire(locks, "two", session_id="another")
    assert await acquire(locks, "three", GLOBEX)


async def test_a_misfiled_container_is_a_breach(house: House) -> None:
    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await acquire(house.session_locks, "one", GLOBEX)


async def test_without_a_container_nothing_is_locked(locks: SessionLocks) -> None:
    with pytest.raises(NotFoundError):
        await acquire(locks, "one", scope("nobody"))
