"""Identifiers: NewTypes, their shapes and the functions that check them."""

from __future__ import annotations

import re
from typing import NewType

from ragtenancy.domain.errors import MalformedError

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
BlobName = NewType("BlobName", str)
ContentHash = NewType("ContentHash", str)
Fingerprint = NewType("Fingerprint", str)

TENANT_ID = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\Z")
NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
TENANT_UID = re.compile(r"t[a-z2-7]{26}\Z")
SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z")
RESERVED_NAMESPACES = frozenset({"__default__"})


def tenant_id(text: str) -> TenantId:
    """Return `text` as a tenant id; raise `MalformedError`. Nothing is normalised."""
    if not TENANT_ID.match(text):
        raise MalformedError("client_id must match [a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?.")
    return TenantId(text)


def namespace(text: str) -> Namespace:
    """Return `text` as a namespace; raise `MalformedError`. It is never empty or a default."""
    if not NAMESPACE.match(text) or text in RESERVED_NAMESPACES:
        raise MalformedError("pinecone_namespace must match [A-Za-z0-9][A-Za-z0-9._-]{0,127}.")
    return Namespace(text)


def session_id(text: str) -> SessionId:
    """Return `text` as a session id; raise `MalformedError`."""
    if not SESSION_ID.match(text):
        raise MalformedError("session_id must match [A-Za-z0-9][A-Za-z0-9._:@-]{0,127}.")
    return SessionId(text)


def user_id(text: str) -> UserId:
    """Return `text` as a user id; raise `MalformedError`."""
    if not SESSION_ID.match(text):
        raise MalformedError("user_id must match [A-Za-z0-9][A-Za-z0-9._:@-]{0,127}.")
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
