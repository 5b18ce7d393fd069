"""What every `TenantConfigRepository` does."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.caching.tenant_configs import CachingTenantConfigRepository
from ragtenancy.adapters.cosmos.tenants import CosmosTenantConfigRepository
from ragtenancy.adapters.memory.tenants import InMemoryTenantConfigRepository
from ragtenancy.adapters.sqlite.tenants import SqliteTenantConfigRepository
from ragtenancy.domain.errors import IsolationBreach, MalformedError, StaleWriteError
from ragtenancy.domain.pages import Cursor
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from tests.contract.caching_house import joined
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, config_version

BACKENDS = [
    *in_houses(InMemoryTenantConfigRepository, SqliteTenantConfigRepository),
    *on_cosmos(CosmosTenantConfigRepository),
    *joined(CachingTenantConfigRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def configs(house: House) -> TenantConfigRepository:
    return house.tenant_configs


async def add_versions(configs: TenantConfigRepository, last: int) -> None:
    for version in range(1, last + 1):
        await configs.add(ACME, config_version(ACME, version))


async def test_nothing_is_in_force_at_first(configs: TenantConfigRepository) -> None:
    assert await configs.current(ACME) is None
    assert await configs.get(ACME, 1) is None
    assert (await configs.page(ACME)).items == ()


async def test_the_number_of_the_version_in_force_is_told(configs: TenantConfigRepository) -> None:
    before = await configs.newest(ACME)
    await add_versions(configs, 12)

    assert (before, await configs.newest(ACME), await configs.newest(GLOBEX)) == (0, 12, 0)


async def test_the_highest_version_is_in_force(configs: TenantConfigRepository) -> None:
    await add_versions(configs, 12)

    assert await configs.current(ACME) == config_version(ACME, 12)
    assert await configs.get(ACME, 2) == config_version(ACME, 2)


async def test_what_is_known_stays_until_another_is_in_force(
    configs: TenantConfigRepository,
) -> None:
    assert await configs.refreshed(ACME, None) is None
    await configs.add(ACME, config_version(ACME, 1))
    known = await configs.current(ACME)

    assert await configs.refreshed(ACME, known) is known
    assert await configs.refreshed(ACME, known) is known
    await configs.add(ACME, config_version(ACME, 2))
    assert await configs.refreshed(ACME, known) == config_version(ACME, 2)
    await configs.drop(ACME)
    assert await configs.refreshed(ACME, known) is None


@pytest.mark.parametrize("version", [0, 1, 3])
async def test_only_the_next_version_can_be_added(
    configs: TenantConfigRepository, version: int
) -> None:
    await add_versions(configs, 1)

    with pytest.raises(StaleWriteError):
        await configs.add(ACME, config_version(ACME, version))

    assert await configs.current(ACME) == config_version(ACME, 1)


async def test_pages_are_newest_first_and_stable_under_inserts(
    configs: TenantConfigRepository,
) -> None:
    await add_versions(configs, 3)

    first = await configs.page(ACME, limit=2)
    await configs.add(ACME, config_version(ACME, 4))
    second = await configs.page(ACME, after=first.next, limit=2)

    assert [c.version for c in (*first.items, *second.items)] == [3, 2, 1]
    assert second.next is None


@pytest.mark.parametrize("cursor", ["???", "bm90LWEtbnVtYmVy", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk"])
async def test_a_bad_cursor_is_malformed(configs: TenantConfigRepository, cursor: str) -> None:
    with pytest.raises(MalformedError):
        await configs.page(ACME, after=Cursor(cursor))


async def test_tenants_do_not_see_each_others_versions(configs: TenantConfigRepository) -> None:
    await add_versions(configs, 2)
    await configs.add(GLOBEX, config_version(GLOBEX, 1))

    await configs.drop(ACME)

    assert await configs.current(ACME) is None
    assert await configs.current(GLOBEX) == config_version(GLOBEX, 1)


async def test_another_tenants_version_is_not_taken_in(configs: TenantConfigRepository) -> None:
    with pytest.raises(IsolationBreach):
        await configs.add(ACME, config_version(GLOBEX, 1))


async def test_a_misfiled_version_is_a_breach(house: House) -> None:
    await add_versions(house.tenant_configs, 1)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.tenant_configs.current(GLOBEX)
