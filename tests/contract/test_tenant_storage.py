"""What every `TenantStorage` does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ragtenancy.adapters.azure_blob.tenant_storage import AzureBlobTenantStorage
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.adapters.files.blobs import FileTenantStorage
from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.sqlite.tenant_storage import SqliteTenantStorage
from ragtenancy.adapters.system.joined import JoinedTenantStorage
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import BlobName
from tests.contract.azure_blob_house import on_azure_blobs
from tests.contract.caching_house import joined
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import (
    ACME,
    DOCUMENT_ID,
    GLOBEX,
    NOW,
    REVISION,
    SESSION_ID,
    active_document,
    api_key,
    chunk,
    config_version,
    conversation,
    idempotency_record,
    job,
    scope,
    turn,
)

BACKENDS = [
    *on_cosmos(CosmosTenantStorage),
    *in_houses(InMemoryTenantStorage, SqliteTenantStorage),
    *on_azure_blobs(AzureBlobTenantStorage),
    *joined(JoinedTenantStorage, FileTenantStorage),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


async def body() -> AsyncIterator[bytes]:
    yield b"content"


async def furnish(house: House) -> None:
    """Give a tenant one of everything."""
    await house.tenant_configs.add(ACME, config_version())
    await house.api_keys.add(ACME, api_key())
    await house.jobs.add(ACME, job())
    await house.documents.add(ACME, active_document())
    await house.chunks.stage(ACME, DOCUMENT_ID, REVISION, [chunk(0), chunk(1)])
    await house.conversations.append(ACME, conversation(), turn(0))
    await house.idempotency.claim(ACME, idempotency_record(), now=NOW)
    await house.derived_cache.put(ACME, "vector", {"a": b"1"}, at=NOW)
    await house.blobs.put(ACME, BlobName("blob_1"), body(), max_bytes=100)


async def test_creating_twice_keeps_what_is_there(house: House) -> None:
    await house.documents.add(ACME, active_document())

    await house.storage.create(ACME)

    assert await house.documents.get(ACME, DOCUMENT_ID) == active_document()


async def test_the_uids_of_containers_are_listed(house: House) -> None:
    assert await house.storage.tenants() == (ACME.tenant_uid, GLOBEX.tenant_uid)


async def test_the_census_counts_every_store(house: House) -> None:
    before = await house.storage.census(ACME)
    await furnish(house)

    census = await house.storage.census(ACME)

    grown = {name for name in census if census[name] > before[name]}
    assert grown >= {
        "api_keys",
        "chunks",
        "configs",
        "conversations",
        "derived",
        "documents",
        "idempotency_keys",
        "jobs",
    }
    assert census["chunks"] == 2


async def test_after_a_drop_nothing_is_left(house: House) -> None:
    await furnish(house)

    await house.jobs.drop(ACME)
    await house.api_keys.drop(ACME)
    await house.tenant_configs.drop(ACME)
    await house.blobs.drop(ACME)
    await house.storage.drop(ACME)

    assert set((await house.storage.census(ACME)).values()) == {0}
    assert await house.storage.tenants() == (GLOBEX.tenant_uid,)


async def test_dropping_the_absent_is_fine(house: House) -> None:
    await house.storage.drop(ACME)
    await house.storage.drop(ACME)
    await house.storage.drop(scope("nobody"))

    assert set((await house.storage.census(scope("nobody"))).values()) == {0}


async def test_a_late_write_does_not_bring_a_tenant_back(house: House) -> None:
    await furnish(house)
    await house.storage.drop(ACME)

    with pytest.raises(NotFoundError):
        await house.documents.add(ACME, active_document(document_id="late"))
    with pytest.raises(NotFoundError):
        await house.documents.get(ACME, DOCUMENT_ID)
    with pytest.raises(NotFoundError):
        await house.conversations.append(ACME, conversation(), turn(1))
    with pytest.raises(NotFoundError):
        await house.blobs.put(ACME, BlobName("late"), body(), max_bytes=100)

    assert await house.storage.tenants() == (GLOBEX.tenant_uid,)


async def test_a_drop_does_not_touch_other_tenants(house: House) -> None:
    await house.conversations.append(GLOBEX, conversation(GLOBEX), turn(0))

    await house.storage.drop(ACME)

    assert await house.conversations.get(GLOBEX, SESSION_ID) is not None


async def test_a_tenant_may_be_made_again_after_a_drop(house: House) -> None:
    await furnish(house)
    await house.storage.drop(ACME)

    await house.storage.create(ACME)

    assert await house.documents.count(ACME) == 0
    assert (await house.documents.manifest(ACME)).generation == 0
