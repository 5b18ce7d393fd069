"""Damaged rows of the control file: logged, and nobody waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.adapters.sqlite.webhooks import DELIVERIES, SqliteWebhookRepository
from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.domain.errors import IsolationBreach
from ragtenancy.domain.webhooks import Turn
from tests.contract.test_webhook_repository import delivery
from tests.factories import ACME, GLOBEX, NOW, SECOND, job

TURN = Turn()


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[ControlFile]:
    opened = ControlFile(tmp_path / "control.db")
    yield opened
    await opened.close()


async def damage(control: ControlFile, body: bytes) -> None:
    """Replace the body of the delivery of the event `bad`."""
    query = "UPDATE webhook_deliveries SET body = ? WHERE delivery_id = ?"
    row = (body, delivery(event_id="bad").delivery_id)
    await control.write(lambda db: db.execute(query, row).get)


@pytest.fixture
async def webhooks(control: ControlFile) -> SqliteWebhookRepository:
    """A store in which one delivery waits behind one that may be damaged."""
    webhooks = SqliteWebhookRepository(control)
    await webhooks.enqueue(ACME, delivery(event_id="bad", now=NOW - SECOND))
    await webhooks.enqueue(ACME, delivery(event_id="good"))
    return webhooks


DAMAGES = [b"", b"\xc1", b"\x81\xa1x\x01", DELIVERIES.encode(delivery(event_id="bad"))[:-9]]


@pytest.mark.parametrize("body", DAMAGES)
async def test_a_damaged_delivery_is_set_aside(
    control: ControlFile, webhooks: SqliteWebhookRepository, body: bytes
) -> None:
    await damage(control, body)

    with capture_logs() as logged:
        taken = [await webhooks.take(NOW, TURN) for _ in range(2)]

    assert [each and each.event.event_id for each in taken] == ["good", None]
    assert [(each["event"], each["why"]) for each in logged] == [
        ("delivery_set_aside", "unreadable")
    ]


async def test_a_damaged_delivery_is_purged_in_the_end(
    control: ControlFile, webhooks: SqliteWebhookRepository
) -> None:
    await damage(control, b"")
    await webhooks.take(NOW, TURN)

    assert await webhooks.purge(before=NOW) == 1


async def test_a_delivery_whose_version_contradicts_its_row_is_set_aside(
    control: ControlFile, webhooks: SqliteWebhookRepository
) -> None:
    await damage(control, DELIVERIES.encode(delivery(event_id="bad", version=7)))

    taken = [await webhooks.take(NOW, TURN) for _ in range(2)]

    assert [each and each.event.event_id for each in taken] == ["good", None]


async def test_another_tenants_delivery_is_a_breach_once(
    control: ControlFile, webhooks: SqliteWebhookRepository
) -> None:
    await damage(control, DELIVERIES.encode(delivery(GLOBEX, "bad")))

    with pytest.raises(IsolationBreach):
        await webhooks.take(NOW, TURN)

    taken = await webhooks.take(NOW, TURN)
    assert taken is not None
    assert taken.event.event_id == "good"


@pytest.mark.parametrize(("column", "value"), [("body", b""), ("tenant_uid", "t_other")])
async def test_a_damaged_end_of_a_job_hides_no_other(
    control: ControlFile, column: str, value: Any
) -> None:
    jobs = SqliteJobRepository(control, SystemHolders())
    for job_id in ("job_bad", "job_good"):
        await jobs.add(ACME, job(ACME, job_id))
        await jobs.save(ACME, job(ACME, job_id).cancelled(NOW))
    query = f"UPDATE job_ends SET {column} = ? WHERE job_id = 'job_bad'"  # noqa: S608 - a test's
    await control.write(lambda db: db.execute(query, (value,)).get)

    with capture_logs() as logged:
        found = await jobs.outbox()

    assert [each.job_id for each in found.items] == ["job_good"]
    assert [each["event"] for each in logged] == ["job_end_left_out"]
