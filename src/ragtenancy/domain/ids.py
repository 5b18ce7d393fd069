"""Identifiers: NewTypes, their shapes and the functions that check them.

Wire bodies and values from callers annotate their ids with the bounded types.
"""

from __future__ import annotations

from typing import Annotated, NewType

from msgspec import Meta

from ragtenancy.domain.bounds import holds, require_within
from ragtenancy.domain.validation_words import shape

TenantId = NewType("TenantId", str)
TenantUid = NewType("TenantUid", str)
Namespace = NewType("Namespace", str)
DocumentId = NewType("DocumentId", str)
Revision = NewType("Revision", str)
ChunkId = NewType("ChunkId", str)
JobId = NewType("JobId", str)
SessionId = NewType("SessionId", str)
UserId = NewType("UserId", str)
ApiKeyId = NewType("ApiKeyId", str)
DeletionId = NewType("DeletionId", str)
IntentId = NewType("IntentId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
BlobName = NewType("BlobName", str)
ContentHash = NewType("ContentHash", str)
Fingerprint = NewType("Fingerprint", str)

_OF_CALLERS = shape(
    r"\A[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z",
    "1 to 128 letters, digits or any of . _ : @ -, starting with a letter or digit",
)
_CLIENT_ID = shape(
    r"\A[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\Z",
    "1 to 63 lower-case letters, digits, - or _, starting and ending with a letter or digit",
)
_UID = shape(r"\At[a-z2-7]{26}\Z", "a uid that ragtenancy issued")
_NAMESPACE = shape(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z",
    "1 to 128 letters, digits or any of . _ -, starting with a letter or digit",
)
_DOCUMENT_ID = shape(r"\A[!-~]{1,128}\Z", "1 to 128 printable ASCII characters without spaces")
BoundedTenantId = Annotated[TenantId, Meta(pattern=_CLIENT_ID)]
BoundedTenantUid = Annotated[TenantUid, Meta(pattern=_UID)]
BoundedNamespace = Annotated[Namespace, Meta(pattern=_NAMESPACE)]
BoundedDocumentId = Annotated[DocumentId, Meta(pattern=_DOCUMENT_ID)]
BoundedSessionId = Annotated[SessionId, Meta(pattern=_OF_CALLERS)]
BoundedUserId = Annotated[UserId, Meta(pattern=_OF_CALLERS)]

# The shapes of ids generated only here.
_MADE = shape(r"\A[A-Za-z0-9_-]{1,128}\Z", "1 to 128 letters, digits, - or _")
_BLOB = shape(r"\A[a-z0-9_-]{1,200}\Z", "1 to 200 lower-case letters, digits, - or _")
_REVISION = shape(
    r"\A[1-9][0-9]{0,14}-[1-9][0-9]{0,14}\Z", "two positive whole numbers joined by a hyphen"
)
MadeId = Annotated[str, Meta(pattern=_MADE)]
BoundedBlobName = Annotated[BlobName, Meta(pattern=_BLOB)]
BoundedRevision = Annotated[Revision, Meta(pattern=_REVISION)]


def tenant_id(text: str) -> TenantId:
    """Return `text` as a tenant id; raise `MalformedError`. Nothing is normalised."""
    require_within(text, BoundedTenantId, "client_id")
    return TenantId(text)


def is_tenant_id(text: str) -> bool:
    """Return whether a text has the form of a tenant's id."""
    return holds(text, BoundedTenantId)


def is_tenant_uid(text: str) -> bool:
    """Return whether a text has the form of a tenant's uid."""
    return holds(text, BoundedTenantUid)


def namespace(text: str) -> Namespace:
    """Return `text` as a namespace, never a backend's default; raise `MalformedError`."""
    require_within(text, BoundedNamespace, "pinecone_namespace")
    return Namespace(text)


def document_id(text: str) -> DocumentId:
    """Return `text` as a document's id; raise `MalformedError`."""
    require_within(text, BoundedDocumentId, "document_id")
    return DocumentId(text)


def session_id(text: str) -> SessionId:
    """Return `text` as a session id; raise `MalformedError`."""
    require_within(text, BoundedSessionId, "session_id")
    return SessionId(text)


def user_id(text: str) -> UserId:
    """Return `text` as a user id; raise `MalformedError`."""
    require_within(text, BoundedUserId, "user_id")
    return UserId(text)


def chunk_id(document_id: DocumentId, revision: Revision, ordinal: int) -> ChunkId:
    """Return `document#revision#ordinal`, the ordinal zero-padded so that ids sort."""
    return ChunkId(f"{document_id}#{revision}#{ordinal:06d}")


def chunk_ids(document_id: DocumentId, revision: Revision, total: int) -> list[ChunkId]:
    """Return the ids of a revision's chunks, by ordinal."""
    start = f"{document_id}#{revision}#"
    return [ChunkId(f"{start}{ordinal:06d}") for ordinal in range(total)]


def parse_chunk_id(text: ChunkId) -> tuple[DocumentId, Revision, int]:
    """Return the parts of a chunk id (the parts hold no `#`)."""
    document_id, revision, ordinal = text.split("#")
    return DocumentId(document_id), Revision(revision), int(ordinal)


def revision(version: int, fence: int) -> Revision:
    """Return `<version>-<fence>`: one attempt's private copy of one version."""
    return Revision(f"{version}-{fence}")


def fence_of(revision: Revision) -> int:
    """Return the fence of a revision."""
    return int(revision.rpartition("-")[2])
