"""Where the in-memory stores keep a tenant's things: one shelf a tenant."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation
from ragtenancy.domain.documents import Change, Document
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.ids import BlobName, DocumentId, Revision, SessionId, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vectors


class SessionLease(Struct, frozen=True):
    """Who holds a session, and until when."""

    token: str
    until: datetime


class Shelf(Struct):
    """Everything of one tenant."""

    documents: dict[DocumentId, Document] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    chunks: dict[tuple[DocumentId, Revision], list[Chunk]] = field(default_factory=dict)
    vectors: dict[tuple[DocumentId, Revision], Vectors] = field(default_factory=dict)
    conversations: dict[SessionId, Conversation] = field(default_factory=dict)
    session_locks: dict[SessionId, SessionLease] = field(default_factory=dict)
    idempotency: dict[str, IdempotencyRecord] = field(default_factory=dict)
    derived: dict[tuple[str, str], tuple[bytes, datetime]] = field(default_factory=dict)
    blobs: dict[BlobName, tuple[bytes, datetime]] = field(default_factory=dict)


class Shelves:
    """The shelves by tenant uid; only creating a tenant's storage makes one."""

    def __init__(self) -> None:
        self.by_uid: dict[TenantUid, Shelf] = {}

    def of(self, scope: TenantScope) -> Shelf:
        """Return a tenant's shelf. Raises `NotFoundError`: a late write makes no new one."""
        shelf = self.by_uid.get(scope.tenant_uid)
        if shelf is None:
            raise NotFoundError("The client's storage does not exist.")
        return shelf
