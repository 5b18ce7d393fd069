"""Every store of one family at once, with two tenants in it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import apsw
from msgspec import structs

from ragtenancy.adapters.files.blobs import FileBlobStore
from ragtenancy.adapters.files.secret_files import FilePepperStore
from ragtenancy.adapters.memory.backend import memory_stores, open_memory
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.adapters.sqlite import backend as sqlite
from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.backend.resources import OtherStores, Resources
from ragtenancy.backend.sections import Chosen
from ragtenancy.backend.stores import Stores
from ragtenancy.domain.tenants import TenantScope
from tests.contract.backends import Backend, Tier, params
from tests.factories import ACME, GLOBEX
from tests.scripted.holders import ScriptedHolders

Misfile = Callable[[TenantScope, TenantScope], Awaitable[None]]


class House(Stores, frozen=True, kw_only=True):
    """The stores of a family; `misfile(one, other)` puts what is one's where the other's lies."""

    holders: ScriptedHolders
    misfile: Misfile


def house_of(stores: Stores, holders: ScriptedHolders, misfile: Misfile) -> House:
    """Return stores as a house."""
    return House(**structs.asdict(stores), holders=holders, misfile=misfile)


@asynccontextmanager
async def memory_house(folder: Path) -> AsyncIterator[House]:
    holders = ScriptedHolders()
    memory = open_memory(resources_in(folder, holders))

    async def misfile(one: TenantScope, other: TenantScope) -> None:
        memory.containers[other.tenant_uid] = memory.containers[one.tenant_uid]
        for table in (memory.configs, memory.api_keys, memory.jobs):
            table.rekey(lambda key: (other.tenant_uid, key[1]) if key[0] == one.tenant_uid else key)
        owners = memory.key_owners
        owners.update({k: other.tenant_uid for k, uid in owners.items() if uid == one.tenant_uid})

    house = house_of(memory_stores(memory, holders, SystemClock()), holders, misfile)
    await move_in(house)
    yield house


@asynccontextmanager
async def sqlite_house(folder: Path) -> AsyncIterator[House]:
    holders = ScriptedHolders()
    resources = resources_in(folder, holders)
    control, files = resources.once(sqlite.open_control), resources.once(sqlite.open_files)

    async def misfile(one: TenantScope, other: TenantScope) -> None:
        shutil.rmtree(files.folder(other))
        shutil.copytree(files.folder(one), files.folder(other))
        for table in ("tenant_configs", "api_keys", "jobs"):
            await control.write(partial(_rename_owner, table, one, other))

    elsewhere = OtherStores(
        blobs=FileBlobStore(resources.tenants_dir),
        peppers=FilePepperStore(folder / "pepper.json"),
    )
    async with resources.closers:
        house = house_of(sqlite.open_stores(resources, elsewhere), holders, misfile)
        await move_in(house)
        yield house


def resources_in(folder: Path, holders: ScriptedHolders) -> Resources:
    """Return what backends are opened with in a folder of a test's own."""
    return Resources(
        chosen=Chosen(),
        data_dir=folder,
        index_bytes=100_000_000,
        threads=1,
        clock=SystemClock(),
        holders=holders,
        metrics=PrometheusMetrics(),
        closers=AsyncExitStack(),
    )


def _rename_owner(table: str, one: TenantScope, other: TenantScope, db: apsw.Connection) -> None:
    query = f"UPDATE {table} SET tenant_uid = ? WHERE tenant_uid = ?"  # noqa: S608 - a test's
    db.execute(query, (other.tenant_uid, one.tenant_uid))


def in_houses(in_memory: type, embedded: type) -> list[Any]:
    """Return a suite's backends: an adapter of each family."""
    return params(
        Backend[House](name="memory", tier=Tier.FAKE, adapter=in_memory, open=memory_house),
        Backend[House](name="sqlite", tier=Tier.EMBEDDED, adapter=embedded, open=sqlite_house),
    )


async def move_in(house: House) -> None:
    """Make the containers of two tenants; whatever registers tenants is there before them."""
    await house.tenants.page(limit=1)
    await house.storage.create(ACME)
    await house.storage.create(GLOBEX)
