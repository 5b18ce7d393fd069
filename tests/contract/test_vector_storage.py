"""What a `TenantStorage` of vectors alone does: `test_tenant_storage` furnishes whole houses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import Struct, structs

from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.vectors import VectorIndex
from tests.contract.backends import Backend, Tier, params
from tests.emulators.pinecone import PaddedIndex, pinecone_rig
from tests.emulators.pinecone_cloud import NEEDS, cloud_pinecone
from tests.library import ACME, OTHER, random_vectors, scope_of

DOCUMENT, REVISION = DocumentId("d1"), Revision("1-1")
SUCCESSOR = structs.replace(ACME, tenant_uid=TenantUid("t" + "b" * 26))


class Shed(Struct, frozen=True, kw_only=True):
    """A storage, and the index over it."""

    storage: TenantStorage
    index: VectorIndex

    async def put(self, count: int = 3) -> None:
        await self.index.stage(ACME, DOCUMENT, REVISION, random_vectors(1, count))


@asynccontextmanager
async def pinecone(_folder: Path, *, lag: float = 0.0) -> AsyncIterator[Shed]:
    async with pinecone_rig(lag=lag) as rig:
        storage = PineconeTenantStorage(rig.index, patience=rig.patience)
        for scope in (ACME, OTHER):
            await storage.create(scope)
        yield Shed(storage=storage, index=PaddedIndex(rig.index, patience=rig.patience))


@asynccontextmanager
async def cloud(_folder: Path) -> AsyncIterator[Shed]:
    async with cloud_pinecone() as index:
        yield Shed(storage=PineconeTenantStorage(index), index=PaddedIndex(index))


BACKENDS = params(
    Backend[Shed](
        name="pinecone", tier=Tier.EMULATOR, adapter=PineconeTenantStorage, open=pinecone
    ),
    Backend[Shed](
        name="pinecone", tier=Tier.CLOUD, adapter=PineconeTenantStorage, open=cloud, needs=NEEDS
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def shed(backend: Backend[Shed], tmp_path: Path) -> AsyncIterator[Shed]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_creating_twice_keeps_what_is_there(shed: Shed) -> None:
    await shed.put()

    await shed.storage.create(ACME)

    assert await shed.index.count(ACME, DOCUMENT) == 3


async def test_the_uids_of_containers_are_listed(shed: Shed) -> None:
    assert await shed.storage.tenants() == (ACME.tenant_uid, OTHER.tenant_uid)


async def test_the_census_counts_the_vectors(shed: Shed) -> None:
    await shed.put(4)

    assert (await shed.storage.census(ACME))["vectors"] == 4


async def test_after_a_drop_nothing_is_left(shed: Shed) -> None:
    await shed.put()

    await shed.storage.drop(ACME)

    assert set((await shed.storage.census(ACME)).values()) == {0}
    assert await shed.storage.tenants() == (OTHER.tenant_uid,)


async def test_dropping_the_absent_is_fine(shed: Shed) -> None:
    await shed.storage.drop(ACME)
    await shed.storage.drop(ACME)
    await shed.storage.drop(scope_of("nobody"))

    assert set((await shed.storage.census(scope_of("nobody"))).values()) == {0}


async def test_a_late_write_does_not_bring_a_tenant_back(shed: Shed) -> None:
    await shed.storage.drop(ACME)

    with pytest.raises(NotFoundError):
        await shed.put()

    assert await shed.storage.tenants() == (OTHER.tenant_uid,)


async def test_a_late_write_does_not_reach_a_successor_of_the_same_name(shed: Shed) -> None:
    await shed.storage.drop(ACME)
    await shed.storage.create(SUCCESSOR)

    with pytest.raises(NotFoundError):
        await shed.put()

    assert (await shed.storage.census(SUCCESSOR))["vectors"] == 0


async def test_a_namespace_has_one_owner(shed: Shed) -> None:
    with pytest.raises(ConflictError):
        await shed.storage.create(SUCCESSOR)


async def test_a_late_drop_leaves_a_successor_of_the_same_name_alone(shed: Shed) -> None:
    await shed.put()

    await shed.storage.drop(SUCCESSOR)
    await shed.index.drop(SUCCESSOR)

    assert await shed.index.count(ACME, DOCUMENT) == 3
