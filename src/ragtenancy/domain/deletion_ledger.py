"""The ledger of deletions: what must never come back, not even by a restore."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct, structs

from ragtenancy.domain.deletions import DocumentReceipt, TenantDeletion
from ragtenancy.domain.ids import ApiKeyId, SessionId, TenantId, TenantUid, UserId
from ragtenancy.domain.tenants import TenantScope


class LedgerKind(StrEnum):
    """What an entry is about; `user` stands for all sessions of one user.

    `restored` is no deletion: it names the tenant from whose backup this one was made, so that what
    either deletes stays deleted in later restores of that backup.
    """

    DOCUMENT = "document"
    SESSION = "session"
    USER = "user"
    KEY = "key"
    CLIENT = "client"
    RESTORED = "restored"


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """One deletion or revocation; ids, counts and times only.

    `object_id` is a document's, a key's or a client deletion's id. Ids of sessions and users are
    chosen by clients, so that they are stored as digests (`session_object`, `user_object`). `at` is
    the latest time of the deletion. A document's entry has its receipt; a key's may have
    `ends_at`, the end of the overlap with its successor.
    """

    tenant_uid: TenantUid
    tenant_id: TenantId
    kind: LedgerKind
    object_id: str
    at: datetime
    ends_at: datetime | None = None
    receipt: DocumentReceipt | None = None

    @property
    def ends(self) -> datetime:
        """When the object ends, or ended."""
        return self.ends_at or self.at

    def repeated(self, later: LedgerEntry) -> LedgerEntry:
        """Return the entry after the same object was deleted again, or further.

        The counts of a receipt add up; a key ends at the earlier of its ends.
        """
        return structs.replace(
            self,
            at=max(self.at, later.at),
            ends_at=min(self.ends, later.ends) if self.kind is LedgerKind.KEY else None,
            receipt=_continued(self.receipt, later.receipt),
        )


class LedgerOrigin(Struct, frozen=True, kw_only=True):
    """Which installation a ledger belongs to, and since when it has every deletion of it."""

    installation_id: str
    since: datetime


def document_entry(scope: TenantScope, receipt: DocumentReceipt) -> LedgerEntry:
    """Return the entry of a document's deletion."""
    return _entry(
        scope, LedgerKind.DOCUMENT, receipt.document_id, receipt.deleted_at, receipt=receipt
    )


def session_entry(scope: TenantScope, session_id: SessionId, at: datetime) -> LedgerEntry:
    """Return the entry of a session's deletion."""
    return _entry(scope, LedgerKind.SESSION, session_object(scope.tenant_uid, session_id), at)


def user_entry(scope: TenantScope, user_id: UserId, at: datetime) -> LedgerEntry:
    """Return the entry of the deletion of all sessions of a user."""
    return _entry(scope, LedgerKind.USER, user_object(scope.tenant_uid, user_id), at)


def key_entry(
    scope: TenantScope, key_id: ApiKeyId, at: datetime, ends_at: datetime | None = None
) -> LedgerEntry:
    """Return the entry of a key that was revoked, or that ends after an overlap."""
    return _entry(scope, LedgerKind.KEY, key_id, at, ends_at=ends_at)


def client_entry(deletion: TenantDeletion) -> LedgerEntry:
    """Return the entry of a client's deletion."""
    return _entry(deletion.scope, LedgerKind.CLIENT, deletion.deletion_id, deletion.requested_at)


def restored_entry(scope: TenantScope, original: TenantUid, at: datetime) -> LedgerEntry:
    """Return the entry of a tenant that was made from another's backup."""
    return _entry(scope, LedgerKind.RESTORED, original, at)


def lineage(tenant_uid: TenantUid, entries: Sequence[LedgerEntry]) -> Collection[TenantUid]:
    """Return a tenant's uid, and those of the tenants that were restored from it, and so on."""
    found, known = {tenant_uid}, 0
    made = [each for each in entries if each.kind is LedgerKind.RESTORED]
    while len(found) > known:
        known = len(found)
        found |= {each.tenant_uid for each in made if each.object_id in found}
    return found


def session_object(tenant_uid: TenantUid, session_id: SessionId) -> str:
    """Return the `object_id` of a session."""
    return _digest(tenant_uid, LedgerKind.SESSION, session_id)


def user_object(tenant_uid: TenantUid, user_id: UserId) -> str:
    """Return the `object_id` of a user."""
    return _digest(tenant_uid, LedgerKind.USER, user_id)


def _entry(
    scope: TenantScope,
    kind: LedgerKind,
    object_id: str,
    at: datetime,
    *,
    ends_at: datetime | None = None,
    receipt: DocumentReceipt | None = None,
) -> LedgerEntry:
    return LedgerEntry(
        tenant_uid=scope.tenant_uid,
        tenant_id=scope.tenant_id,
        kind=kind,
        object_id=object_id,
        at=at,
        ends_at=ends_at,
        receipt=receipt,
    )


def _digest(tenant_uid: TenantUid, kind: LedgerKind, chosen: str) -> str:
    """Return a digest that names the same id of another client differently."""
    return sha256(f"{tenant_uid}/{kind}/{chosen}".encode()).hexdigest()


def _continued(
    known: DocumentReceipt | None, later: DocumentReceipt | None
) -> DocumentReceipt | None:
    if known is None or later is None:
        return known or later
    return structs.replace(
        later, removed=known.removed + later.removed, verified=known.verified or later.verified
    )
