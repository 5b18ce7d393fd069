"""What every `DerivedCache` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.expiring import CosmosDerivedCache
from ragtenancy.adapters.measured.caches import MeasuredDerivedCache
from ragtenancy.adapters.memory.vectors import InMemoryDerivedCache
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.adapters.sqlite.expiring import SqliteDerivedCache
from ragtenancy.domain.errors import IsolationBreach, NotFoundError
from ragtenancy.ports.derived_cache import DESCRIPTION, EMBEDDING, DerivedCache
from tests.contract.backends import Backend, Tier, params
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses, memory_house
from tests.factories import ACME, GLOBEX, NOW, SECOND, scope


@asynccontextmanager
async def measured(folder: Path) -> AsyncIterator[House]:
    async with memory_house(folder) as house:
        cache = MeasuredDerivedCache(house.derived_cache, PrometheusMetrics())
        yield structs.replace(house, derived_cache=cache)


BACKENDS = [
    *in_houses(InMemoryDerivedCache, SqliteDerivedCache),
    *on_cosmos(CosmosDerivedCache),
    *params(
        Backend[House](name="measured", tier=Tier.FAKE, adapter=MeasuredDerivedCache, open=measured)
    ),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def derived(house: House) -> DerivedCache:
    return house.derived_cache


async def test_only_what_is_there_is_returned(derived: DerivedCache) -> None:
    await derived.put(ACME, "vector", {"a": b"1", "b": b""}, at=NOW)

    assert await derived.get(ACME, "vector", ["b", "a", "c"]) == {"a": b"1", "b": b""}


@pytest.mark.parametrize("kind", [EMBEDDING, DESCRIPTION])
async def test_a_kind_in_use_is_returned_and_goes_with_its_tenant(
    derived: DerivedCache, kind: str
) -> None:
    await derived.put(ACME, kind, {"a": b"1"}, at=NOW)
    await derived.put(GLOBEX, kind, {"a": b"2"}, at=NOW)
    before = await derived.get(ACME, kind, ["a", "b"])

    await derived.drop(ACME)

    assert before == {"a": b"1"}
    assert await derived.get(ACME, kind, ["a"]) == {}
    assert await derived.get(GLOBEX, kind, ["a"]) == {"a": b"2"}


async def test_kinds_are_apart(derived: DerivedCache) -> None:
    await derived.put(ACME, "vector", {"a": b"1"}, at=NOW)

    assert await derived.get(ACME, "description", ["a"]) == {}


async def test_a_newer_value_replaces(derived: DerivedCache) -> None:
    await derived.put(ACME, "vector", {"a": b"1"}, at=NOW)

    await derived.put(ACME, "vector", {"a": b"2"}, at=NOW + SECOND)

    assert await derived.get(ACME, "vector", ["a"]) == {"a": b"2"}
    assert await derived.purge(ACME, written_before=NOW + SECOND, now=NOW + SECOND) == 0


async def test_purging_removes_what_is_old(derived: DerivedCache) -> None:
    await derived.put(ACME, "vector", {"old": b"1"}, at=NOW)
    await derived.put(ACME, "vector", {"new": b"2"}, at=NOW + SECOND)

    assert await derived.purge(ACME, written_before=NOW + SECOND, now=NOW + SECOND) == 1
    assert await derived.get(ACME, "vector", ["old", "new"]) == {"new": b"2"}


async def test_whoever_holds_old_values_is_named_until_they_are_purged(
    backend: Backend[House], derived: DerivedCache
) -> None:
    await derived.put(ACME, "vector", {"old": b"1"}, at=NOW)
    await derived.put(ACME, "vector", {"new": b"2"}, at=NOW + 2 * SECOND)
    await derived.put(GLOBEX, "vector", {"new": b"2"}, at=NOW + 2 * SECOND)

    before = await derived.tenants_holding(written_before=NOW + SECOND)
    await derived.purge(ACME, written_before=NOW + SECOND, now=NOW + 3 * SECOND)

    assert before == (() if backend.adapter is CosmosDerivedCache else (ACME.tenant_uid,))
    assert await derived.tenants_holding(written_before=NOW + SECOND) == ()


async def test_a_value_put_after_a_purge_left_none_is_found_when_it_is_old(
    backend: Backend[House], derived: DerivedCache
) -> None:
    await derived.put(ACME, "vector", {"a": b"1"}, at=NOW)
    await derived.purge(ACME, written_before=NOW + SECOND, now=NOW + 3 * SECOND)
    await derived.put(ACME, "vector", {"a": b"1"}, at=NOW + 3 * SECOND)

    found = await derived.tenants_holding(written_before=NOW + 4 * SECOND)

    assert found == (() if backend.adapter is CosmosDerivedCache else (ACME.tenant_uid,))


async def test_putting_and_getting_nothing_is_fine(derived: DerivedCache) -> None:
    await derived.put(ACME, "vector", {}, at=NOW)

    assert await derived.get(ACME, "vector", []) == {}


async def test_tenants_do_not_share_values(derived: DerivedCache) -> None:
    await derived.put(ACME, "vector", {"a": b"1"}, at=NOW)
    await derived.put(GLOBEX, "vector", {"a": b"2"}, at=NOW)

    await derived.drop(ACME)

    assert await derived.get(ACME, "vector", ["a"]) == {}
    assert await derived.get(GLOBEX, "vector", ["a"]) == {"a": b"2"}


async def test_what_is_misfiled_is_a_breach(house: House) -> None:
    await house.derived_cache.put(ACME, "vector", {"a": b"1"}, at=NOW)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.derived_cache.get(GLOBEX, "vector", ["a"])


async def test_without_a_container_nothing_is_kept(derived: DerivedCache) -> None:
    nobody = scope("nobody")

    with pytest.raises(NotFoundError):
        await derived.put(nobody, "vector", {"a": b"1"}, at=NOW)

    await derived.drop(nobody)
