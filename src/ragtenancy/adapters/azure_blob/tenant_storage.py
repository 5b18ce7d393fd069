"""The prefix of a tenant's blobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
from ragtenancy.adapters.azure_blob.client import AzureBlobs
from ragtenancy.adapters.azure_blob.owners import OWNER, listed, staged_only, stamp
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage


class AzureBlobTenantStorage(TenantStorage):
    """Creates and removes `<uid>/.owner`, without which nothing is stored for the tenant."""

    def __init__(self, blobs: AzureBlobs) -> None:
        self._blobs = blobs

    async def create(self, scope: TenantScope) -> None:
        async with self._blobs.call():
            await self._blobs.blob(scope, OWNER).upload_blob(
                scope.tenant_uid.encode(), metadata=stamp(scope), overwrite=True
            )

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        return {"originals": len(await listed(self._blobs, scope))}

    async def drop(self, scope: TenantScope) -> None:
        try:
            async with self._blobs.call():
                await self._blobs.blob(scope, OWNER).delete_blob()
        except NotFoundError:
            pass
        for name in await staged_only(self._blobs, scope):
            await self._discard(scope, name)
        await AzureBlobStore(self._blobs).drop(scope)

    async def tenants(self) -> Sequence[TenantUid]:
        return tuple(sorted([TenantUid(name) async for name in self._prefixes()]))

    async def _discard(self, scope: TenantScope, name: str) -> None:
        """Write an empty blob over uncommitted blocks, so that the drop removes it."""
        async with self._blobs.call():
            await self._blobs.blob(scope, name).upload_blob(
                b"", metadata=stamp(scope), overwrite=True
            )

    async def _prefixes(self) -> AsyncIterator[str]:
        """Read the listing page by page; it has one entry per tenant."""
        pages = self._blobs.container.walk_blobs(delimiter="/").by_page()
        while True:
            try:
                async with self._blobs.call():
                    page = [entry.name async for entry in await anext(pages)]
            except StopAsyncIteration:
                return
            for name in page:
                if name.endswith("/"):
                    yield name.removesuffix("/")
