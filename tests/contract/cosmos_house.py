"""The stores in Cosmos DB: on the emulator, and on one that ignores the partition of a query."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from ragtenancy.adapters.cosmos.backend import cosmos_stores
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.schema import CONTAINERS
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.adapters.system.joined import JoinedTenantStorage
from ragtenancy.backend.resources import OtherStores
from ragtenancy.domain.tenants import TenantScope
from tests.contract.backends import Backend, Tier, params
from tests.contract.houses import House, house_of, memory_house, move_in
from tests.emulators import cosmos_cloud
from tests.emulators.cosmos import cosmos_database
from tests.emulators.cosmos_cloud import cloud_database

Database = Callable[[], AbstractAsyncContextManager[Cosmos]]


@asynccontextmanager
async def cosmos_house(database: Database, folder: Path) -> AsyncIterator[House]:
    """Records in Cosmos DB, originals in memory."""
    async with database() as cosmos, memory_house(folder) as rest:
        elsewhere = OtherStores(vectors=rest.vectors, blobs=rest.blobs)
        stores = structs.replace(
            cosmos_stores(cosmos, rest.holders, elsewhere),
            storage=JoinedTenantStorage([CosmosTenantStorage(cosmos), rest.storage]),
            sentence_vectors=rest.sentence_vectors,
        )
        house = house_of(stores, rest.holders, partial(_misfile, cosmos))
        await move_in(house)
        yield house


async def _misfile(cosmos: Cosmos, one: TenantScope, other: TenantScope) -> None:
    """Put copies of one's items where the other's lie; their records stay one's."""
    for name in (container.name for container in CONTAINERS):
        container = await cosmos.container(name)
        found = container.query_items(
            "SELECT * FROM c WHERE c.client_id = @client",
            parameters=[{"name": "@client", "value": one.tenant_id}],
        )
        for item in [item async for item in found]:
            await container.upsert_item(_moved(item, one, other))


def _moved(item: Mapping[str, Any], one: TenantScope, other: TenantScope) -> dict[str, Any]:
    def renamed(text: str) -> str:
        return text.replace(one.tenant_uid, other.tenant_uid)

    own = {name: value for name, value in item.items() if not name.startswith("_")}
    places: dict[str, Any] = {name: renamed(own[name]) for name in ("id", "of") if name in own}
    return {**own, **places, "client_id": other.tenant_id}


def on_cosmos(adapter: type) -> list[Any]:
    """Return the backends of a suite in Cosmos DB."""
    raw = partial(cosmos_database, raw_queries=True)
    return params(
        _backend("cosmos", adapter, cosmos_database),
        _backend("cosmos_raw", adapter, raw),
        structs.replace(
            _backend("cosmos", adapter, cloud_database), tier=Tier.CLOUD, needs=cosmos_cloud.NEEDS
        ),
    )


def _backend(name: str, adapter: type, database: Database) -> Backend[House]:
    return Backend[House](
        name=name,
        tier=Tier.EMULATOR,
        adapter=adapter,
        open=partial(cosmos_house, database),
        packages=("azure", "aiohttp"),
    )
