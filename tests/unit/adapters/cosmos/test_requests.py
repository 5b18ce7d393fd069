"""How many requests an operation makes is what docs/cosmos.md says."""

from __future__ import annotations

import pytest

from ragtenancy.domain.ids import SessionId
from tests.factories import ACME, NOW
from tests.unit.adapters.cosmos.counting import PAGE, UNTIL, counting, staging, stores, table

pytestmark = pytest.mark.emulator


async def test_the_documents_table_is_what_is_counted() -> None:
    assert await table() in PAGE.read_text(encoding="utf-8")


async def test_the_documents_cost_of_staging_is_what_is_counted() -> None:
    assert await staging() in PAGE.read_text(encoding="utf-8")


async def test_a_lock_that_this_process_did_not_take_is_read_before_it_is_given_up() -> None:
    async with counting() as cosmos:
        session = SessionId("one")
        await stores(cosmos).locks.acquire(ACME, session, "token", now=NOW, until=UNTIL)
        cosmos.requests.clear()

        await stores(cosmos).locks.release(ACME, session, "token")

    assert cosmos.requests == ["read conversations", "batch conversations: delete"]
