"""Deletion receipts: what was removed, and proof that nothing is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from ragtenancy.domain.ids import DeletionId, DocumentId, Namespace, TenantId, TenantUid
from ragtenancy.domain.tenants import TenantScope


class RemovedCounts(Struct, frozen=True, kw_only=True):
    """How many items of each kind a document's deletion removed."""

    vectors: int = 0
    lexical: int = 0
    chunks: int = 0
    blobs: int = 0

    def __add__(self, other: RemovedCounts) -> RemovedCounts:
        """Return the sums."""
        return RemovedCounts(
            vectors=self.vectors + other.vectors,
            lexical=self.lexical + other.lexical,
            chunks=self.chunks + other.chunks,
            blobs=self.blobs + other.blobs,
        )


class DocumentReceipt(Struct, frozen=True, kw_only=True):
    """The receipt of a document's deletion; verified once every store counts zero."""

    document_id: DocumentId
    deleted_at: datetime
    removed: RemovedCounts
    verified: bool


class DeletionStatus(StrEnum):
    """The progress of a client's deletion."""

    RUNNING = "running"
    VERIFIED = "verified"


class TenantDeletion(Struct, frozen=True, kw_only=True):
    """The deletion of a client: each store's counts before and now."""

    deletion_id: DeletionId
    tenant_id: TenantId
    tenant_uid: TenantUid
    namespace: Namespace
    status: DeletionStatus = DeletionStatus.RUNNING
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None = None
    removed: Mapping[str, int] = {}
    remaining: Mapping[str, int] = {}
    version: int = 1

    @property
    def scope(self) -> TenantScope:
        """The scope of the deleted tenant."""
        return TenantScope(
            tenant_id=self.tenant_id, tenant_uid=self.tenant_uid, namespace=self.namespace
        )

    def counted(
        self, *, removed: Mapping[str, int], remaining: Mapping[str, int], at: datetime
    ) -> TenantDeletion:
        """Return the deletion after a pass over the stores: verified once every store counts zero.

        The counts of the first pass are the removed items.
        """
        counts = dict(self.removed) or {store: n for store, n in removed.items() if n}
        if any(remaining.values()):
            return structs.replace(self, removed=counts, remaining=remaining)
        return structs.replace(
            self,
            removed=counts,
            remaining=remaining,
            status=DeletionStatus.VERIFIED,
            finished_at=at,
        )
