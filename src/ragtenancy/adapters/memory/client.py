"""Data in memory: tables of records, and a container for each tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Generic, TypeVar
from uuid import uuid4

from msgspec import Struct, field

from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.audit import AuditEntry
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation, RatedTurn, SessionLease, Turn
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.deletions import TenantDeletion
from ragtenancy.domain.documents import Change, Document
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError, UnavailableError
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.ids import (
    ApiKeyId,
    BlobName,
    DeletionId,
    DeliveryId,
    DocumentId,
    Fingerprint,
    IntentId,
    JobId,
    Revision,
    SessionId,
    TenantId,
    TenantUid,
    WebhookId,
)
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.domain.usage import Reservation, UsageRow
from ragtenancy.domain.webhooks import Delivery, Webhook
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.embeddings import Vectors

Key = TypeVar("Key")
Record = TypeVar("Record", bound=Struct)


class Table(Generic[Key, Record]):
    """A table of encoded records, so that callers share no objects; `sequence` counts additions.

    Once frozen by `fix`, every change raises `UnavailableError`.
    """

    def __init__(self, kind: type[Record]) -> None:
        self._codec = RecordCodec(kind)
        self._rows: dict[Key, tuple[int, bytes]] = {}
        self._added = 0
        self._fixed = False

    def fix(self) -> None:
        """Make the table read-only."""
        self._fixed = True

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: Key) -> bool:
        return key in self._rows

    def get(self, key: Key) -> Record | None:
        """Return a record."""
        row = self._rows.get(key)
        return None if row is None else self._codec.decode(row[1])

    def add(self, key: Key, record: Record) -> None:
        """Add a record. Raises `AlreadyExistsError`."""
        if key in self._rows:
            raise AlreadyExistsError("The record already exists.")
        self.put(key, record)

    def put(self, key: Key, record: Record) -> None:
        """Write a record; an existing one keeps its place."""
        self._require_changeable()
        data = self._codec.encode(record)
        if key in self._rows:
            self._rows[key] = (self._rows[key][0], data)
            return
        self._added += 1
        self._rows[key] = (self._added, data)

    def remove(self, key: Key) -> bool:
        """Remove a record; return whether it existed."""
        self._require_changeable()
        return self._rows.pop(key, None) is not None

    def remove_where(self, chosen: Callable[[Key], bool]) -> int:
        """Remove the records with chosen keys; return how many there were."""
        self._require_changeable()
        keys = [key for key in self._rows if chosen(key)]
        for key in keys:
            del self._rows[key]
        return len(keys)

    def keys(self) -> Iterable[Key]:
        """Return every key."""
        return tuple(self._rows)

    def rekey(self, renamed: Callable[[Key], Key]) -> None:
        """Move every record to another key, for tests of misfiled records."""
        self._rows = {renamed(key): row for key, row in self._rows.items()}

    def numbered(self) -> Iterator[tuple[int, Record]]:
        """Yield the records with their sequence numbers, in order of addition."""
        for sequence, data in sorted(self._rows.values(), key=lambda row: row[0]):
            yield sequence, self._codec.decode(data)

    def __iter__(self) -> Iterator[Record]:
        return (record for _, record in self.numbered())

    def page(
        self,
        chosen: Callable[[Record], bool],
        *,
        after: Cursor | None,
        limit: int,
        newest_first: bool = False,
    ) -> Page[Record]:
        """Return a page of the chosen records in order of addition."""
        start = None if after is None else cursor_position(after)
        rows = [row for row in self.numbered() if chosen(row[1])]
        if newest_first:
            rows = [row for row in reversed(rows) if start is None or row[0] < start]
        else:
            rows = [row for row in rows if start is None or row[0] > start]
        page = cut(rows, limit, lambda row: position_cursor(row[0]))
        return Page(items=tuple(record for _, record in page.items), next=page.next)

    def _require_changeable(self) -> None:
        if self._fixed:
            raise UnavailableError("These records are read-only.", code="read_only")


RevisionKey = tuple[DocumentId, Revision]


class StampedBytes(Struct, frozen=True):
    """Bytes with the time of their writing."""

    content: bytes
    written_at: datetime


class Container(Struct, kw_only=True):
    """All of a tenant's data, stamped with its uid; `model` embedded the last active documents."""

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
    rated: Table[tuple[SessionId, int], RatedTurn] = field(default_factory=lambda: Table(RatedTurn))
    locks: dict[SessionId, SessionLease] = {}
    usage: Table[tuple[date, str, str], UsageRow] = field(default_factory=lambda: Table(UsageRow))
    reservations: Table[str, Reservation] = field(default_factory=lambda: Table(Reservation))
    usage_marks: set[str] = set()
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
        self.job_ends: Table[tuple[TenantUid, JobId, int], Job] = Table(Job)
        self.intents: Table[tuple[TenantUid, IntentId], Intent] = Table(Intent)
        self.webhooks: Table[tuple[TenantUid, WebhookId], Webhook] = Table(Webhook)
        self.deliveries: Table[tuple[TenantUid, DeliveryId], Delivery] = Table(Delivery)
        self.duties: dict[str, datetime] = {}
        self.deletions: Table[DeletionId, TenantDeletion] = Table(TenantDeletion)
        self.ledger: Table[tuple[TenantUid, LedgerKind, str], LedgerEntry] = Table(LedgerEntry)
        self.origin = LedgerOrigin(installation_id=uuid4().hex, since=datetime.now(UTC))
        self.audit: list[AuditEntry] = []

    def container(self, scope: TenantScope) -> Container:
        """Return a tenant's container. Raises `NotFoundError`, `IsolationBreach`."""
        container = self.containers.get(scope.tenant_uid)
        if container is None:
            raise NotFoundError("There is no such client.")
        scope.require_own(container.uid, "memory")
        return container

    def present(self, scope: TenantScope) -> Iterable[Container]:
        """Return the container in a list, or an empty list if it is absent."""
        return [self.container(scope)] if scope.tenant_uid in self.containers else []
