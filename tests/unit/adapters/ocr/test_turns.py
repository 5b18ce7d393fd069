"""Whose picture is read next."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ragtenancy.adapters.ocr.turns import TenantTurns
from ragtenancy.domain.ids import TenantUid
from tests.factories import ACME, GLOBEX


async def served(turns: TenantTurns, order: list[TenantUid], tenant_uid: TenantUid) -> None:
    async with turns.hold(tenant_uid):
        await asyncio.sleep(0)
        order.append(tenant_uid)


async def started(
    turns: TenantTurns, order: list[TenantUid], *uids: TenantUid
) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(served(turns, order, uid)) for uid in uids]
    await asyncio.sleep(0)
    return tasks


async def test_a_tenants_first_picture_passes_anothers_waiting_ones() -> None:
    turns, order = TenantTurns(), list[TenantUid]()

    tasks = await started(turns, order, *[ACME.tenant_uid] * 4, GLOBEX.tenant_uid)
    await asyncio.gather(*tasks)

    assert order.index(GLOBEX.tenant_uid) == 1


async def test_a_tenants_pictures_are_read_in_order() -> None:
    turns, order = TenantTurns(), list[str]()

    async def read(name: str) -> None:
        async with turns.hold(ACME.tenant_uid):
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(*(read(name) for name in "abc"))

    assert order == ["a", "b", "c"]


async def test_one_picture_is_read_at_a_time() -> None:
    turns, under_way, most = TenantTurns(), 0, 0

    async def read() -> None:
        nonlocal under_way, most
        async with turns.hold(ACME.tenant_uid):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    await asyncio.gather(*(read() for _ in range(5)))

    assert most == 1


async def test_a_wait_that_is_given_up_keeps_nobody_waiting() -> None:
    turns, order = TenantTurns(), list[TenantUid]()
    first, given_up, last = await started(turns, order, *[ACME.tenant_uid] * 3)

    given_up.cancel()
    with suppress(asyncio.CancelledError):
        await given_up
    await asyncio.wait_for(asyncio.gather(first, last), timeout=5)

    assert len(order) == 2


async def test_a_turn_that_is_given_up_as_it_begins_goes_to_the_next() -> None:
    turns, order = TenantTurns(), list[TenantUid]()
    holding = turns.hold(ACME.tenant_uid)
    await holding.__aenter__()
    given_up, last = await started(turns, order, *[ACME.tenant_uid] * 2)

    await holding.__aexit__(None, None, None)
    given_up.cancel()
    with suppress(asyncio.CancelledError):
        await given_up
    await asyncio.wait_for(last, timeout=5)

    assert len(order) == 1
