"""What every `IdempotencyStore` does."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.expiring import CosmosIdempotencyStore
from ragtenancy.adapters.memory.jobs import InMemoryIdempotencyStore
from ragtenancy.adapters.sqlite.expiring import SqliteIdempotencyStore
from ragtenancy.domain.errors import IsolationBreach, NotFoundError
from ragtenancy.domain.ids import DocumentId, JobId
from ragtenancy.ports.idempotency import IdempotencyStore
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, idempotency_record, scope

BACKENDS = [
    *in_houses(InMemoryIdempotencyStore, SqliteIdempotencyStore),
    *on_cosmos(CosmosIdempotencyStore),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

FIRST = idempotency_record()
SECOND_TRY = idempotency_record(body_hash="def")
SETTLED = structs.replace(FIRST, job_id=JobId("job_1"), document_id=DocumentId("doc_1"))


@pytest.fixture
def keys(house: House) -> IdempotencyStore:
    return house.idempotency


async def test_the_first_claim_holds_and_the_next_is_told(keys: IdempotencyStore) -> None:
    assert await keys.claim(ACME, FIRST, now=NOW) is None
    assert await keys.claim(ACME, SECOND_TRY, now=NOW) == FIRST


async def test_a_settled_key_tells_its_reply(keys: IdempotencyStore) -> None:
    await keys.claim(ACME, FIRST, now=NOW)

    await keys.settle(ACME, SETTLED)

    assert await keys.claim(ACME, SECOND_TRY, now=NOW) == SETTLED


async def test_an_expired_key_can_be_claimed_anew(keys: IdempotencyStore) -> None:
    await keys.claim(ACME, FIRST, now=NOW)

    assert await keys.claim(ACME, SECOND_TRY, now=FIRST.expires_at) is None


async def test_a_key_whose_process_died_unanswered_can_be_claimed_anew(
    house: House, keys: IdempotencyStore
) -> None:
    held = structs.replace(FIRST, holder="machine:2:2")
    await keys.claim(ACME, held, now=NOW)
    assert await keys.claim(ACME, SECOND_TRY, now=NOW) == held

    house.holders.bury("machine:2:2")

    assert await keys.claim(ACME, SECOND_TRY, now=NOW) is None
    assert await keys.claim(ACME, FIRST, now=NOW) == SECOND_TRY


async def test_an_answered_key_outlives_its_process(house: House, keys: IdempotencyStore) -> None:
    answered = structs.replace(SETTLED, holder="machine:2:2")
    await keys.claim(ACME, structs.replace(FIRST, holder="machine:2:2"), now=NOW)
    await keys.settle(ACME, answered)

    house.holders.bury("machine:2:2")

    assert await keys.claim(ACME, SECOND_TRY, now=NOW) == answered


async def test_a_released_key_can_be_claimed_anew(keys: IdempotencyStore) -> None:
    await keys.claim(ACME, FIRST, now=NOW)

    await keys.release(ACME, FIRST.key)
    await keys.release(ACME, FIRST.key)

    assert await keys.claim(ACME, SECOND_TRY, now=NOW) is None


async def test_of_many_at_once_one_claims(keys: IdempotencyStore) -> None:
    claims = await asyncio.gather(*(keys.claim(ACME, FIRST, now=NOW) for _ in range(8)))

    assert claims.count(None) == 1


async def test_purging_removes_what_expired(keys: IdempotencyStore) -> None:
    await keys.claim(ACME, FIRST, now=NOW)
    lasting = idempotency_record(key="lasting", expires_at=NOW + 600 * SECOND)
    await keys.claim(ACME, lasting, now=NOW)

    assert await keys.purge(ACME, now=FIRST.expires_at) == 1
    assert await keys.claim(ACME, lasting, now=NOW) == lasting


async def test_tenants_do_not_share_keys(keys: IdempotencyStore) -> None:
    await keys.claim(ACME, FIRST, now=NOW)
    theirs = idempotency_record(GLOBEX)

    assert await keys.claim(GLOBEX, theirs, now=NOW) is None

    await keys.drop(ACME)
    assert await keys.claim(GLOBEX, theirs, now=NOW) == theirs
    assert await keys.claim(ACME, FIRST, now=NOW) is None


async def test_another_tenants_record_is_not_taken_in(keys: IdempotencyStore) -> None:
    with pytest.raises(IsolationBreach):
        await keys.claim(GLOBEX, FIRST, now=NOW)
    with pytest.raises(IsolationBreach):
        await keys.settle(GLOBEX, SETTLED)


async def test_what_is_misfiled_is_a_breach(house: House) -> None:
    await house.idempotency.claim(ACME, FIRST, now=NOW)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.idempotency.claim(GLOBEX, idempotency_record(GLOBEX), now=NOW)


async def test_without_a_container_nothing_is_claimed(keys: IdempotencyStore) -> None:
    nobody = scope("nobody")

    with pytest.raises(NotFoundError):
        await keys.claim(nobody, idempotency_record(nobody), now=NOW)

    await keys.drop(nobody)
