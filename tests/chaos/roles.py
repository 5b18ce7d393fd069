"""What the processes of the harness do."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from ragtenancy.domain.errors import ConflictError, NotFoundError, UnavailableError
from ragtenancy.domain.ids import DocumentId, TenantId
from tests.chaos.fuse import Fuse
from tests.chaos.house import TENANTS, House
from tests.chaos.invariants import settled
from tests.chaos.texts import faults

MAX_DOCUMENTS = 5
COMES_AND_GOES = 0.1
PATIENCE = 20
PAUSE = 0.05
READERS = 8
LAST_TAG = 1_000_000
Role = Callable[[House], Coroutine[None, None, None]]


def nothing() -> None:
    """Change nothing."""


def forked(
    folder: Path,
    role: Role,
    fuse: Fuse | None = None,
    mutate: Callable[[], None] = nothing,
) -> int:
    """Play a role in a process of its own; return its pid. It ends with 1 if something is wrong."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        mutate()
        asyncio.run(_played(folder, role, fuse))
        code = 0
    except AssertionError as error:
        report(folder, str(error))
    except Exception:  # noqa: BLE001 - a violation like any other
        report(folder, traceback.format_exc())
    finally:
        os._exit(code)


async def _played(folder: Path, role: Role, fuse: Fuse | None) -> None:
    house = House(folder, fuse)
    async with house.container.closers():
        try:
            await role(house)
        except (ConflictError, NotFoundError):
            return  # another process was quicker


def report(folder: Path, violation: str) -> None:
    """Write a violation down."""
    with (folder / "violations").open("a", encoding="utf-8") as file:
        file.write(violation + "\n")


def warm_up() -> None:
    """Import in this process whatever a forked one needs: each would take half a second for it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with TemporaryDirectory(prefix="chaos-") as name:
        for role in (create, change(seed=1, tag=1), settle):
            asyncio.run(_played(Path(name), role, None))
        gc.freeze()


async def create(house: House) -> None:
    """Make the tenants."""
    await house.create()


def change(seed: int, tag: int) -> Role:
    """Upload, replace or delete something or the guest, then work."""

    async def changing(house: House) -> None:
        chance = random.Random(seed)
        if chance.random() < COMES_AND_GOES:
            await house.come_and_go(tag)
        else:
            await change_document(house, chance, tag)
        await house.work()

    return changing


async def change_document(house: House, chance: random.Random, tag: int) -> None:
    """Upload, replace or delete a document."""
    tenant = chance.choice(TENANTS)
    known = present(house, tenant)
    if known and chance.random() < 0.25:
        await house.delete(tenant, chance.choice(known))
    else:
        replaced = known and (len(known) >= MAX_DOCUMENTS or chance.random() < 0.6)
        await house.upload(tenant, tag, chance.choice(known) if replaced else None)


def present(house: House, tenant: TenantId) -> list[DocumentId]:
    """Return the documents that were acknowledged and that nobody has begun to delete."""
    entries = [entry for entry in house.ledger.read() if entry.tenant == tenant]
    acked = dict.fromkeys(e.document_id for e in entries if e.what == "ack" and e.document_id)
    deleted = {e.document_id for e in entries if e.what == "try-delete"}
    return [document_id for document_id in acked if document_id not in deleted]


async def work(house: House) -> None:
    """Work off the queue."""
    await house.work()


async def read(house: House) -> None:
    """Search by many readers at once: every answer holds exactly one whole version."""
    await asyncio.gather(*(_read_on(house) for _ in range(READERS)))


async def _read_on(house: House) -> None:
    while True:
        for tenant in TENANTS:
            deleted = {e.document_id for e in house.ledger.read() if e.what == "deleted"}
            with suppress(NotFoundError):
                answers = await patient(house, tenant)
                wrong = faults(answers)
                wrong += [f"{d} answers after its deletion" for d, _ in answers if d in deleted]
                assert not wrong, "; ".join(wrong)
        await asyncio.sleep(READERS * PAUSE)


async def patient(house: House, tenant: TenantId) -> list[tuple[DocumentId, str]]:
    """Search; a tenant that changes too fast may say so a few times."""
    for _ in range(PATIENCE):
        try:
            return await house.answers(tenant)
        except UnavailableError:
            await asyncio.sleep(PAUSE)
    return await house.answers(tenant)


async def settle(house: House) -> None:
    """Change what was asked for before, bring all to an end, see that it is as it must be."""
    for tenant in TENANTS:
        with suppress(NotFoundError):
            await house.answers(tenant)
        await house.upload(tenant, LAST_TAG, None)
    wrong = await settled(house)
    assert not wrong, "; ".join(wrong)
