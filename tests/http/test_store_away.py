"""With the record store unreachable: recently used keys work for seconds, then 503."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from dependency_injector import providers
from msgspec import structs

from ragtenancy.adapters.caching.api_keys import CachingApiKeyRepository
from ragtenancy.adapters.caching.tenants import CachingTenantRepository
from ragtenancy.adapters.memory.backend import memory_stores
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.tenants import InMemoryApiKeyRepository
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.http.app import create_app
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock


class Remote(InMemoryApiKeyRepository):
    """Key records that can become unreachable."""

    away = False

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        if self.away:
            raise UnavailableError("The store is away.", retry_after=5.0)
        return await super().find(key_id)


class Installation:
    """The application on remote key records, with one client."""

    def __init__(self) -> None:
        container, memory = in_memory_container(), Memory()
        self.clock = cast("ScriptedClock", container.clock())
        stores = memory_stores(memory, container.holders(), self.clock)
        self.remote = Remote(memory)
        joined = structs.replace(
            stores,
            api_keys=CachingApiKeyRepository(self.remote, self.clock),
            tenants=CachingTenantRepository(stores.tenants, self.clock),
        )
        container.stores.override(providers.Object(joined))
        self.container = container
        transport = httpx.ASGITransport(app=cast("Any", create_app(container)))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test")

    async def own_client(self, key: str) -> httpx.Response:
        return await self.http.get("/api/v1/client", headers={"X-API-Key": key})


@pytest.fixture
async def installation() -> Installation:
    return Installation()


async def test_a_recently_used_key_works_for_seconds_then_fails_closed(
    installation: Installation,
) -> None:
    created = await installation.container.tenants().create("acme", "Acme")
    before = await installation.own_client(created.api_key)
    installation.remote.away = True

    during = await installation.own_client(created.api_key)
    installation.clock.advance(timedelta(seconds=5))
    after = await installation.own_client(created.api_key)

    assert [reply.status_code for reply in (before, during, after)] == [200, 200, 503]
    assert after.headers["retry-after"] == "5"


async def test_an_unseen_key_is_not_reported_as_wrong(installation: Installation) -> None:
    created = await installation.container.tenants().create("acme", "Acme")
    installation.remote.away = True

    assert (await installation.own_client(created.api_key)).status_code == 503


async def test_keys_work_again_once_the_store_is_back(installation: Installation) -> None:
    created = await installation.container.tenants().create("acme", "Acme")
    installation.remote.away = True
    await installation.own_client(created.api_key)
    installation.remote.away = False

    assert (await installation.own_client(created.api_key)).status_code == 200
