"""The ledger of deletions in memory."""

from __future__ import annotations

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.deletion_ledger import DeletionLedger


class InMemoryDeletionLedger(DeletionLedger):
    """Entries by tenant, kind and object."""

    def __init__(self, memory: Memory) -> None:
        self._entries = memory.ledger
        self._origin = memory.origin

    async def record(self, scope: TenantScope, entry: LedgerEntry) -> None:
        scope.require_own(entry.tenant_uid, "deletion_ledger")
        place = (entry.tenant_uid, entry.kind, entry.object_id)
        known = self._entries.get(place)
        self._entries.remove(place)
        self._entries.put(place, entry if known is None else known.repeated(entry))

    async def get(self, scope: TenantScope, kind: LedgerKind, object_id: str) -> LedgerEntry | None:
        return self._entries.get((scope.tenant_uid, kind, object_id))

    async def page(
        self,
        scope: TenantScope,
        *,
        kind: LedgerKind | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[LedgerEntry]:
        return self._entries.page(
            lambda entry: entry.tenant_uid == scope.tenant_uid and kind in (None, entry.kind),
            after=after,
            limit=limit,
            newest_first=True,
        )

    async def origin(self) -> LedgerOrigin:
        return self._origin
