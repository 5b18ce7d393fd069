"""What was read before is read again on the condition that it changed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ragtenancy.adapters.cosmos.items import Items
from tests.emulators.cosmos import cosmos_database

pytestmark = pytest.mark.emulator

ID, OWNER = "setting", "acme"


@pytest.fixture
async def items() -> AsyncIterator[Items]:
    async with cosmos_database() as opened:
        items = Items(opened, "configs")
        await items.create(OWNER, {"id": ID, "value": 1})
        yield items


async def test_what_did_not_change_is_not_sent_again(items: Items) -> None:
    known = await items.read(OWNER, ID)
    assert known is not None

    assert await items.read_if_changed(OWNER, known) is known


async def test_what_changed_is(items: Items) -> None:
    known = await items.read(OWNER, ID)
    assert known is not None
    await items.upsert(OWNER, {"id": ID, "value": 2})

    found = await items.read_if_changed(OWNER, known)

    assert found is not None
    assert found["value"] == 2


async def test_what_is_gone_is_absent(items: Items) -> None:
    known = await items.read(OWNER, ID)
    assert known is not None
    await items.delete(OWNER, ID)

    assert await items.read_if_changed(OWNER, known) is None
