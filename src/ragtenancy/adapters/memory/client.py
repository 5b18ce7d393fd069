"""What lies in memory: the register of all tenants, and a container for each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct, field

from ragtenancy.adapters.memory.table import Table
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation, Turn
from ragtenancy.domain.deletions import TenantDeletion
from ragtenancy.domain.documents import Change, Document
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.ids import (
    ApiKeyId,
    BlobName,
    DeletionId,
    DocumentId,
    Fingerprint,
    IntentId,
    JobId,
    Revision,
    SessionId,
    TenantId,
    TenantUid,
)
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.ports.embeddings import Vectors

RevisionKey = tuple[DocumentId, Revision]


class HeldLock(Struct, frozen=True):
    """Who holds a session, and until when."""

    token: str
    until: datetime


class StampedBytes(Struct, frozen=True):
    """Bytes and when they were written."""

    content: bytes
    written_at: datetime


class Container(Struct, kw_only=True):
    """Everything that one tenant has, stamped with its uid; `model` made what was last active."""

    uid: TenantUid
    model: Fingerprint | None = None
    generation: int = 0
    log_starts: int = 0
    changes: list[Change] = []
    documents: Table[DocumentId, Document] = field(default_factory=lambda: Table(Document))
    chunks: dict[RevisionKey, Table[int, Chunk]] = {}
    vectors: dict[RevisionKey, Vectors] = {}
    sentence_vectors: dict[RevisionKey, dict[bytes, bytes]] = {}
    conversations: Table[SessionId, Conversation] = field(
        default_factory=lambda: Table(Conversation)
    )
    turns: dict[SessionId, Table[int, Turn]] = {}
    locks: dict[SessionId, HeldLock] = {}
    idempotency: Table[str, IdempotencyRecord] = field(
        default_factory=lambda: Table(IdempotencyRecord)
    )
    derived: dict[tuple[str, str], StampedBytes] = {}
    blobs: dict[BlobName, StampedBytes] = {}


class Memory:
    """The containers by uid, and the records of the whole installation."""

    def __init__(self) -> None:
        self.containers: dict[TenantUid, Container] = {}
        self.tenants: Table[TenantId, Tenant] = Table(Tenant)
        self.configs: Table[tuple[TenantUid, int], ConfigVersion] = Table(ConfigVersion)
        self.api_keys: Table[tuple[TenantUid, ApiKeyId], ApiKey] = Table(ApiKey)
        self.key_owners: dict[ApiKeyId, TenantUid] = {}
        self.jobs: Table[tuple[TenantUid, JobId], Job] = Table(Job)
        self.intents: Table[tuple[TenantUid, IntentId], Intent] = Table(Intent)
        self.duties: dict[str, datetime] = {}
        self.deletions: Table[DeletionId, TenantDeletion] = Table(TenantDeletion)

    def container(self, scope: TenantScope) -> Container:
        """Return a tenant's container. Raises `NotFoundError`, `IsolationBreach`."""
        container = self.containers.get(scope.tenant_uid)
        if container is None:
            raise NotFoundError("There is no such client.")
        scope.require_own(container.uid, "memory")
        return container

    def present(self, scope: TenantScope) -> Iterable[Container]:
        """Return the container in a list, or nothing when it is absent."""
        return [self.container(scope)] if scope.tenant_uid in self.containers else []
