"""Ownership of blobs: each is stamped with the tenant's uid, and `.owner` marks a tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from ragtenancy.adapters.azure_blob.client import AzureBlobs, prefix
from ragtenancy.domain.errors import IsolationBreach, NotFoundError
from ragtenancy.domain.tenants import TenantScope

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties

OWNER = ".owner"
STAMP = "tenant_uid"


class Listed(Struct, frozen=True):
    """A tenant's blob in the container's listing."""

    name: str
    written_at: datetime


def stamp(scope: TenantScope) -> dict[str, str]:
    """Return the metadata of the tenant's blobs."""
    return {STAMP: scope.tenant_uid}


def require_stamp(scope: TenantScope, metadata: Mapping[str, str] | None) -> None:
    """Raise `IsolationBreach` if a blob is not the tenant's."""
    if (metadata or {}).get(STAMP) != scope.tenant_uid:
        raise IsolationBreach("blobs")


async def require_owner(blobs: AzureBlobs, scope: TenantScope) -> None:
    """Raise `NotFoundError` for an absent tenant, `IsolationBreach` for another's mark."""
    try:
        async with blobs.call():
            properties = await blobs.blob(scope, OWNER).get_blob_properties()
    except NotFoundError as error:
        raise NotFoundError("There is no such client.") from error
    require_stamp(scope, properties.metadata)


async def listed(blobs: AzureBlobs, scope: TenantScope) -> Sequence[Listed]:
    """Return the tenant's blobs by name, including `.owner`; none if the tenant is absent.

    Raises `IsolationBreach` if one is another tenant's.
    """
    found = []
    async for properties in _properties(blobs, scope):
        require_stamp(scope, properties.metadata)
        name = properties.name.removeprefix(prefix(scope))
        found.append(Listed(name, properties.last_modified))
    return sorted(found, key=lambda blob: blob.name)


async def staged_only(blobs: AzureBlobs, scope: TenantScope) -> Sequence[str]:
    """Return the names of interrupted uploads: uncommitted blocks, listed nowhere else."""
    whole = {blob.name for blob in await listed(blobs, scope)}
    every = _properties(blobs, scope, include="uncommittedblobs")
    names = [properties.name.removeprefix(prefix(scope)) async for properties in every]
    return sorted(set(names) - whole)


async def _properties(
    blobs: AzureBlobs, scope: TenantScope, *, include: str = "metadata"
) -> AsyncIterator[BlobProperties]:
    """Read the listing page by page, with a time limit for each."""
    pages = blobs.container.list_blobs(prefix(scope), include=[include]).by_page()
    while True:
        try:
            async with blobs.call():
                page = [properties async for properties in await anext(pages)]
        except StopAsyncIteration:
            return
        for properties in page:
            yield properties
