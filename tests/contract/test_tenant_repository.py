"""What every `TenantRepository` does."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from ragtenancy.adapters.caching.tenants import CachingTenantRepository
from ragtenancy.adapters.cosmos.tenants import CosmosTenantRepository
from ragtenancy.adapters.memory.tenants import InMemoryTenantRepository
from ragtenancy.adapters.sqlite.tenants import SqliteTenantRepository
from ragtenancy.domain.errors import AlreadyExistsError, MalformedError, StaleWriteError
from ragtenancy.domain.ids import Namespace, TenantId, TenantUid
from ragtenancy.domain.pages import Cursor
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.ports.tenants import TenantRepository
from tests.contract.caching_house import joined
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, scope, tenant

BACKENDS = [
    *in_houses(InMemoryTenantRepository, SqliteTenantRepository),
    *on_cosmos(CosmosTenantRepository),
    *joined(CachingTenantRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def tenants(house: House) -> TenantRepository:
    return house.tenants


async def test_an_absent_tenant_is_none(tenants: TenantRepository) -> None:
    assert await tenants.get(ACME.tenant_id) is None
    assert await tenants.find(ACME.tenant_uid) is None


async def test_a_tenant_is_found_by_id_and_by_uid_as_it_was_added(
    tenants: TenantRepository,
) -> None:
    await tenants.add(tenant(ACME))

    assert await tenants.get(ACME.tenant_id) == tenant(ACME)
    assert await tenants.find(ACME.tenant_uid) == tenant(ACME)


@pytest.mark.parametrize("taken", ["tenant_id", "tenant_uid", "namespace"])
async def test_a_taken_id_uid_or_namespace_is_refused(
    tenants: TenantRepository, taken: str
) -> None:
    await tenants.add(tenant(ACME))
    rival = structs.replace(tenant(GLOBEX), **{taken: getattr(ACME, taken)})

    with pytest.raises(AlreadyExistsError):
        await tenants.add(rival)

    assert (await tenants.page()).items == (tenant(ACME),)


async def test_of_many_that_take_an_id_at_once_one_gets_it(tenants: TenantRepository) -> None:
    rivals = [
        structs.replace(tenant(ACME), tenant_uid=TenantUid(f"{ACME.tenant_uid[:-1]}{n}"))
        for n in range(8)
    ]

    outcomes = await asyncio.gather(*map(tenants.add, rivals), return_exceptions=True)

    [winner] = [rival for rival, e in zip(rivals, outcomes, strict=True) if e is None]
    assert [type(e) for e in outcomes].count(AlreadyExistsError) == 7
    assert await tenants.get(ACME.tenant_id) == winner
    assert await tenants.find(winner.tenant_uid) == winner


async def test_save_raises_the_version(tenants: TenantRepository) -> None:
    await tenants.add(tenant(ACME))

    saved = await tenants.save(tenant(ACME).changed(at=NOW + SECOND, name="Acme & Sons"))

    assert (saved.version, saved.name) == (2, "Acme & Sons")
    assert await tenants.get(ACME.tenant_id) == saved


async def test_save_refuses_another_version_and_changes_nothing(tenants: TenantRepository) -> None:
    await tenants.add(tenant(ACME))
    saved = await tenants.save(tenant(ACME))

    with pytest.raises(StaleWriteError):
        await tenants.save(tenant(ACME).changed(at=NOW, status=TenantStatus.SUSPENDED))

    assert await tenants.get(ACME.tenant_id) == saved


async def test_save_refuses_the_absent(tenants: TenantRepository) -> None:
    with pytest.raises(StaleWriteError):
        await tenants.save(tenant(ACME))


async def test_save_does_not_reach_a_successor_of_the_same_id(tenants: TenantRepository) -> None:
    successor = structs.replace(tenant(ACME), tenant_uid=GLOBEX.tenant_uid)
    await tenants.add(successor)

    with pytest.raises(StaleWriteError):
        await tenants.save(tenant(ACME))

    assert await tenants.get(ACME.tenant_id) == successor


async def test_delete_frees_the_id_and_is_fine_twice(tenants: TenantRepository) -> None:
    await tenants.add(tenant(ACME))

    await tenants.delete(ACME.tenant_uid)
    await tenants.delete(ACME.tenant_uid)

    assert await tenants.get(ACME.tenant_id) is None
    await tenants.add(tenant(ACME))


async def test_pages_go_by_id_and_are_stable_under_inserts(tenants: TenantRepository) -> None:
    for name in ("dd", "bb", "cc"):
        await tenants.add(tenant(scope(name)))

    first = await tenants.page(limit=2)
    await tenants.add(tenant(scope("aa")))
    second = await tenants.page(after=first.next, limit=2)

    assert [t.tenant_id for t in first.items] == ["bb", "cc"]
    assert [t.tenant_id for t in second.items] == ["dd"]
    assert second.next is None


async def test_a_page_that_is_just_full_is_the_last(tenants: TenantRepository) -> None:
    await tenants.add(tenant(ACME))

    assert (await tenants.page(limit=1)).next is None


async def test_a_bad_cursor_is_malformed(tenants: TenantRepository) -> None:
    with pytest.raises(MalformedError):
        await tenants.page(after=Cursor("not base64 !"))


async def test_ids_and_namespaces_are_told_apart(tenants: TenantRepository) -> None:
    crossed = structs.replace(
        tenant(GLOBEX),
        tenant_id=TenantId(ACME.namespace),
        namespace=Namespace(ACME.tenant_id),
    )
    await tenants.add(tenant(ACME))

    await tenants.add(crossed)

    assert await tenants.find(GLOBEX.tenant_uid) == crossed
