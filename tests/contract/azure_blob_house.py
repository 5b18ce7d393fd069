"""Originals in Azure Blob storage, all else in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import structs

from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
from ragtenancy.adapters.azure_blob.client import AzureBlobs, prefix
from ragtenancy.adapters.azure_blob.tenant_storage import AzureBlobTenantStorage
from ragtenancy.adapters.system.joined import JoinedTenantStorage
from ragtenancy.domain.tenants import TenantScope
from tests.contract.backends import Backend, Tier, params
from tests.contract.houses import House, memory_house, move_in
from tests.emulators import azure_blob_cloud
from tests.emulators.azurite import blob_container

Opened = Callable[[], AbstractAsyncContextManager[AzureBlobs]]
PACKAGES = ("azure", "aiohttp")


def on_azure_blobs(adapter: type) -> list[Any]:
    """Return the backends of a suite: the emulator, and the account that is named."""
    emulator = Backend[House](
        name="azure_blob",
        tier=Tier.EMULATOR,
        adapter=adapter,
        open=partial(azure_blob_house, blob_container),
        packages=PACKAGES,
    )
    cloud = structs.replace(
        emulator,
        tier=Tier.CLOUD,
        open=partial(azure_blob_house, azure_blob_cloud.cloud_container),
        needs=azure_blob_cloud.NEEDS,
    )
    return params(emulator, cloud)


@asynccontextmanager
async def azure_blob_house(opened: Opened, folder: Path) -> AsyncIterator[House]:
    async with opened() as blobs, memory_house(folder) as rest:

        async def misfile(one: TenantScope, other: TenantScope) -> None:
            await _copy_prefix(blobs, one, other)

        storage = JoinedTenantStorage([rest.storage, AzureBlobTenantStorage(blobs)])
        house = structs.replace(rest, blobs=AzureBlobStore(blobs), storage=storage, misfile=misfile)
        await move_in(house)
        yield house


async def _copy_prefix(blobs: AzureBlobs, one: TenantScope, other: TenantScope) -> None:
    async for blob in blobs.container.list_blobs(prefix(one), include=["metadata"]):
        place = blobs.blob(other, blob.name.removeprefix(prefix(one)))
        await place.upload_blob(b"misfiled", metadata=blob.metadata, overwrite=True)
