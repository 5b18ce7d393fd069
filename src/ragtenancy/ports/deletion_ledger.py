"""The ledger of deletions."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope


class DeletionLedger(Protocol):
    """What was deleted or revoked; entries outlive their tenant and are never removed.

    They are no data of the tenant's: a census does not count them, and `drop` leaves them.
    """

    @abstractmethod
    async def record(self, scope: TenantScope, entry: LedgerEntry) -> None:
        """Store an entry durably, also on a full disk; one of the same object is `repeated`.

        Raises `IsolationBreach` for another tenant's entry.
        """

    @abstractmethod
    async def get(self, scope: TenantScope, kind: LedgerKind, object_id: str) -> LedgerEntry | None:
        """Return the entry of an object."""

    @abstractmethod
    async def page(
        self,
        scope: TenantScope,
        *,
        kind: LedgerKind | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[LedgerEntry]:
        """Return a page of the tenant's entries, the latest recorded first."""

    @abstractmethod
    async def origin(self) -> LedgerOrigin:
        """Return the installation's id, made on first use, and the beginning of the ledger."""
