"""What every `AuditLog` does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.audit import CosmosAuditLog
from ragtenancy.adapters.memory.audit import InMemoryAuditLog
from ragtenancy.adapters.sqlite.audit import SqliteAuditLog
from ragtenancy.domain.audit import (
    GENESIS,
    AuditAction,
    AuditEvent,
    AuditFilter,
    AuditOutcome,
    verified,
)
from ragtenancy.ports.audit import MAX_APPENDED, AuditLog
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW

BACKENDS = [*in_houses(InMemoryAuditLog, SqliteAuditLog), *on_cosmos(CosmosAuditLog)]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

REVOKED = AuditEvent(
    at=NOW,
    actor="ops",
    action=AuditAction.KEY_REVOKE,
    outcome=AuditOutcome.DONE,
    client_id=ACME.tenant_id,
    client_uid=ACME.tenant_uid,
    objects=("k1", "k2"),
    request_id="req_1",
    details={"begun": 1, "code": "not_found"},
)
ROTATED = AuditEvent(
    at=NOW + timedelta(microseconds=1),
    actor="python",
    action=AuditAction.PEPPER_ROTATE,
    outcome=AuditOutcome.BEGUN,
)
EVERYTHING = AuditFilter()


@pytest.fixture
def audit(house: House) -> AuditLog:
    return house.audit


async def test_a_new_log_is_empty(audit: AuditLog) -> None:
    assert await audit.entries(EVERYTHING, limit=1) == ()


async def test_entries_come_out_as_they_went_in(audit: AuditLog) -> None:
    appended = await audit.append([REVOKED, ROTATED])

    assert [entry.event for entry in appended] == [REVOKED, ROTATED]
    assert await audit.entries(EVERYTHING, limit=10) == appended


async def test_each_entry_follows_the_one_before(audit: AuditLog) -> None:
    first = await audit.append([REVOKED])
    then = await audit.append([ROTATED, REVOKED])

    log = await audit.entries(EVERYTHING, limit=10)
    assert first[0].previous == GENESIS
    assert [entry.sequence for entry in log] == [1, 2, 3]
    assert all(later.previous == earlier.hash for earlier, later in pairwise(log))
    assert verified(log, then[-1].hash) is None


async def test_as_many_as_are_allowed_are_appended_at_once(audit: AuditLog) -> None:
    await audit.append([REVOKED] * MAX_APPENDED)

    assert len(await audit.entries(EVERYTHING, limit=MAX_APPENDED + 1)) == MAX_APPENDED


async def test_concurrent_appends_make_one_chain(audit: AuditLog) -> None:
    await asyncio.gather(*(audit.append([REVOKED, ROTATED]) for _ in range(6)))

    log = await audit.entries(EVERYTHING, limit=100)
    assert len(log) == 12
    assert verified(log) is None
    assert [entry.event for entry in log] == [REVOKED, ROTATED] * 6


async def test_entries_are_read_on_from_a_place(audit: AuditLog) -> None:
    await audit.append([REVOKED, ROTATED, REVOKED])

    assert [entry.sequence for entry in await audit.entries(EVERYTHING, after=1, limit=1)] == [2]
    assert await audit.entries(EVERYTHING, after=3, limit=1) == ()


async def test_entries_of_one_client(audit: AuditLog) -> None:
    await audit.append([REVOKED, ROTATED])

    acme = await audit.entries(AuditFilter(client_uid=ACME.tenant_uid), limit=10)
    globex = await audit.entries(AuditFilter(client_uid=GLOBEX.tenant_uid), limit=10)
    assert [entry.event for entry in acme] == [REVOKED]
    assert globex == ()


async def test_entries_of_one_action(audit: AuditLog) -> None:
    await audit.append([REVOKED, ROTATED])

    found = await audit.entries(AuditFilter(action=AuditAction.PEPPER_ROTATE), limit=10)
    assert [entry.event for entry in found] == [ROTATED]


async def test_entries_of_a_time(audit: AuditLog) -> None:
    await audit.append([REVOKED, ROTATED])

    since = await audit.entries(AuditFilter(since=ROTATED.at), limit=10)
    until = await audit.entries(AuditFilter(until=ROTATED.at), limit=10)
    assert [entry.event for entry in since] == [ROTATED]
    assert [entry.event for entry in until] == [REVOKED]


async def test_conditions_are_met_together(audit: AuditLog) -> None:
    await audit.append([REVOKED, structs.replace(REVOKED, at=ROTATED.at), ROTATED])

    wanted = AuditFilter(
        since=ROTATED.at, action=AuditAction.KEY_REVOKE, client_uid=ACME.tenant_uid
    )
    assert [entry.sequence for entry in await audit.entries(wanted, limit=10)] == [2]


async def test_the_log_outlives_its_clients(audit: AuditLog, house: House) -> None:
    await audit.append([REVOKED])

    await house.storage.drop(ACME)

    assert len(await audit.entries(EVERYTHING, limit=10)) == 1
