"""Where a tenant's vectors lie: its namespace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.namespaces import Namespaces
from ragtenancy.adapters.pinecone.patience import Patience
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage

NOT_THERE = "The vector store does not show the namespace that was made."
NOT_GONE = "The vector store still shows a namespace that was dropped."


class PineconeTenantStorage(TenantStorage):
    """Makes, counts and removes namespaces; another tenant's of the same name is left alone."""

    def __init__(self, index: PineconeIndex, *, patience: Patience | None = None) -> None:
        self._namespaces = Namespaces(index)
        self._patience = patience or Patience()

    async def create(self, scope: TenantScope) -> None:
        """Make the namespace. Raises `ConflictError` when it is another tenant's."""
        await self._namespaces.create(scope)

        async def there() -> bool:
            return await self._namespaces.own(scope) is not None

        await self._patience.until(there, NOT_THERE)

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        held = await self._namespaces.own(scope)
        return {"namespaces": int(held is not None), "vectors": held.records if held else 0}

    async def drop(self, scope: TenantScope) -> None:
        """Remove the namespace. Raises `UnavailableError` when it is still there after a while."""
        if await self._namespaces.own(scope) is None:
            return
        await self._namespaces.drop(scope)

        async def gone() -> bool:
            return await self._namespaces.own(scope) is None

        await self._patience.until(gone, NOT_GONE)

    async def tenants(self) -> Sequence[TenantUid]:
        return tuple(sorted({owner async for owner in self._namespaces.owners()}))
