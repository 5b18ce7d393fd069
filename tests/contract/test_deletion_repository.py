"""What every `DeletionRepository` does."""

from __future__ import annotations

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.intents import CosmosDeletionRepository
from ragtenancy.adapters.memory.tenants import InMemoryDeletionRepository
from ragtenancy.adapters.sqlite.intents import SqliteDeletionRepository
from ragtenancy.domain.deletions import DeletionStatus
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.ports.deletions import DeletionRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, deletion

BACKENDS = [
    *in_houses(InMemoryDeletionRepository, SqliteDeletionRepository),
    *on_cosmos(CosmosDeletionRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

RUNNING = deletion(ACME)
VERIFIED = structs.replace(RUNNING, status=DeletionStatus.VERIFIED, finished_at=NOW)


@pytest.fixture
def deletions(house: House) -> DeletionRepository:
    return house.deletions


async def test_an_absent_deletion_is_none(deletions: DeletionRepository) -> None:
    assert await deletions.get(RUNNING.deletion_id) is None


async def test_a_deletion_comes_out_as_it_went_in(deletions: DeletionRepository) -> None:
    await deletions.add(RUNNING)

    assert await deletions.get(RUNNING.deletion_id) == RUNNING


async def test_a_taken_id_is_refused(deletions: DeletionRepository) -> None:
    await deletions.add(RUNNING)

    with pytest.raises(AlreadyExistsError):
        await deletions.add(VERIFIED)

    assert await deletions.get(RUNNING.deletion_id) == RUNNING


async def test_save_raises_the_version(deletions: DeletionRepository) -> None:
    await deletions.add(RUNNING)

    saved = await deletions.save(VERIFIED)

    assert saved == structs.replace(VERIFIED, version=2)
    assert await deletions.get(RUNNING.deletion_id) == saved


async def test_save_refuses_another_version_and_the_absent(deletions: DeletionRepository) -> None:
    await deletions.add(RUNNING)
    saved = await deletions.save(RUNNING)

    with pytest.raises(StaleWriteError):
        await deletions.save(VERIFIED)
    with pytest.raises(StaleWriteError):
        await deletions.save(deletion(GLOBEX, "absent"))

    assert await deletions.get(RUNNING.deletion_id) == saved


async def test_unfinished_deletions_are_those_not_verified(deletions: DeletionRepository) -> None:
    await deletions.add(RUNNING)
    await deletions.add(deletion(GLOBEX, "del_2"))
    await deletions.save(VERIFIED)

    assert [d.deletion_id for d in await deletions.unfinished()] == ["del_2"]


async def test_an_unverified_deletion_blocks_its_id_and_its_namespace(
    deletions: DeletionRepository,
) -> None:
    await deletions.add(RUNNING)

    assert await deletions.blocking(ACME.tenant_id, GLOBEX.namespace) == RUNNING
    assert await deletions.blocking(GLOBEX.tenant_id, ACME.namespace) == RUNNING
    assert await deletions.blocking(GLOBEX.tenant_id, GLOBEX.namespace) is None


async def test_a_verified_deletion_blocks_nothing(deletions: DeletionRepository) -> None:
    await deletions.add(RUNNING)
    await deletions.save(VERIFIED)

    assert await deletions.blocking(ACME.tenant_id, ACME.namespace) is None


async def test_every_deletion_is_listed_verified_or_not(deletions: DeletionRepository) -> None:
    running = deletion(GLOBEX, "del_2")
    await deletions.add(VERIFIED)
    await deletions.add(running)

    found = await deletions.every()

    assert sorted(found, key=lambda each: each.deletion_id) == [VERIFIED, running]
