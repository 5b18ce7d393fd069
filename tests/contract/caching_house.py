"""The memory's stores behind what a process remembers, and its containers joined with files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import structs

from ragtenancy.adapters.caching.api_keys import CachingApiKeyRepository
from ragtenancy.adapters.caching.tenant_configs import CachingTenantConfigRepository
from ragtenancy.adapters.caching.tenants import CachingTenantRepository
from ragtenancy.adapters.files.blobs import FileTenantStorage
from ragtenancy.adapters.system.joined import JoinedTenantStorage
from tests.contract.backends import Backend, Tier, params
from tests.contract.houses import House, memory_house
from tests.factories import ACME, GLOBEX
from tests.scripted.clock import ScriptedClock


@asynccontextmanager
async def caching_house(folder: Path) -> AsyncIterator[House]:
    clock = ScriptedClock()
    async with memory_house(folder) as house:
        storage = JoinedTenantStorage([house.storage, FileTenantStorage(folder / "tenants")])
        for scope in (ACME, GLOBEX):
            await storage.create(scope)
        yield structs.replace(
            house,
            tenants=CachingTenantRepository(house.tenants, clock),
            tenant_configs=CachingTenantConfigRepository(house.tenant_configs, clock),
            api_keys=CachingApiKeyRepository(house.api_keys, clock),
            storage=storage,
        )


def joined(*adapters: type) -> list[Any]:
    """Return the backends of a suite that stand in front of others."""
    return params(
        *(
            Backend[House](
                name=adapter.__name__, tier=Tier.FAKE, adapter=adapter, open=caching_house
            )
            for adapter in adapters
        )
    )
