"""Evidence: packs with a signed manifest of their parts, and signed statements to one client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from ragtenancy.domain.deletions import DocumentReceipt, RemovedCounts
from ragtenancy.domain.ids import ApiKeyId, DocumentId, TenantUid
from ragtenancy.domain.tenants import TenantStatus

FORM = "ragtenancy-evidence/1"
MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "public_key.pem"
Statement = TypeVar("Statement")


class Part(Struct, frozen=True, kw_only=True):
    """One file of a pack; `passed` is None for what only its reader can judge."""

    name: str
    body: bytes
    shows: str
    passed: bool | None


class ListedPart(Struct, frozen=True, kw_only=True):
    """A part as the manifest lists it: SHA-256 in hex, length in bytes, and what it shows."""

    name: str
    sha256: str
    bytes: int
    shows: str
    passed: bool | None


class PackManifest(Struct, frozen=True, kw_only=True):
    """What is signed; `key` is the fingerprint of the public key."""

    form: str = FORM
    made_at: datetime
    made_by: str
    key: str
    parts: Sequence[ListedPart]


class InspectedClient(Struct, frozen=True, kw_only=True):
    """One client: items per store, and how many differ from its catalogue of documents.

    `incomplete` counts searchable documents that a store lacks chunks of, `orphaned_revisions` and
    `orphaned_originals` what no document accounts for. `client_id` is given only if asked for.
    """

    client_uid: TenantUid
    client_id: str | None
    status: TenantStatus
    documents: int
    chunks: int
    stores: Mapping[str, int]
    incomplete: int
    orphaned_revisions: int
    orphaned_originals: int
    has_storage: bool

    @property
    def is_consistent(self) -> bool:
        """Whether the stores hold exactly what the catalogue says."""
        differ = self.incomplete or self.orphaned_revisions or self.orphaned_originals
        return self.has_storage and not differ


class RemainingCounts(Struct, frozen=True, kw_only=True):
    """How much of a document the stores hold; `records` counts its entry in the catalogue.

    Originals do not say which document they are of, so that they are not among these.
    """

    records: int
    vectors: int
    lexical: int
    chunks: int

    @property
    def is_nothing(self) -> bool:
        """Whether every store counts zero."""
        return not (self.records or self.vectors or self.lexical or self.chunks)


class DeletionStatement(Struct, frozen=True, kw_only=True):
    """What a deletion certificate says; `passed` if it was verified and nothing is left now."""

    form: str = "ragtenancy-deletion/1"
    made_at: datetime
    made_by: str
    client_uid: TenantUid
    document_id: DocumentId
    deleted_at: datetime
    removed: RemovedCounts
    verified: bool
    remaining: RemainingCounts
    passed: bool


class KeyUse(Struct, frozen=True, kw_only=True):
    """An API key, and the day (UTC) of its latest use."""

    key_id: ApiKeyId
    created_at: datetime
    revoked_at: datetime | None
    last_used: date | None


class ClientStatement(Struct, frozen=True, kw_only=True):
    """What a client is told of its own data; `passed` if its stores hold what its catalogue says."""

    form: str = "ragtenancy-client/1"
    made_at: datetime
    made_by: str
    client_uid: TenantUid
    reconciliation: InspectedClient
    keys: Sequence[KeyUse]
    versions: Mapping[str, str]
    passed: bool


class Signed(Struct, Generic[Statement], frozen=True, kw_only=True):
    """A statement, and the signature of its canonical form.

    `key` is the fingerprint of the public key, which is PEM.
    """

    statement: Statement
    signature: bytes
    key: str
    public_key: str


def deletion_statement(
    client_uid: TenantUid,
    receipt: DocumentReceipt,
    remaining: RemainingCounts,
    *,
    made_at: datetime,
    made_by: str,
) -> DeletionStatement:
    """Return the statement of a deletion's receipt and what is left now."""
    return DeletionStatement(
        made_at=made_at,
        made_by=made_by,
        client_uid=client_uid,
        document_id=receipt.document_id,
        deleted_at=receipt.deleted_at,
        removed=receipt.removed,
        verified=receipt.verified,
        remaining=remaining,
        passed=receipt.verified and remaining.is_nothing,
    )


def canonical(value: object) -> bytes:
    """Return JSON in UTF-8 with sorted names and no spaces: equal values give equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def manifest_of(
    parts: Sequence[Part], *, made_at: datetime, made_by: str, key: str
) -> PackManifest:
    """Return the manifest of some parts, listed by name."""
    listed = [
        ListedPart(
            name=part.name,
            sha256=sha256(part.body).hexdigest(),
            bytes=len(part.body),
            shows=part.shows,
            passed=part.passed,
        )
        for part in sorted(parts, key=lambda part: part.name)
    ]
    return PackManifest(made_at=made_at, made_by=made_by, key=key, parts=listed)
