"""Domain data for tests: every value has a plain default."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation, Turn
from ragtenancy.domain.deletions import TenantDeletion
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.hits import Scores
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.ids import (
    ApiKeyId,
    BlobName,
    ChunkId,
    ContentHash,
    DeletionId,
    DocumentId,
    Fingerprint,
    JobId,
    Namespace,
    Revision,
    SessionId,
    TenantId,
    TenantUid,
)
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenant_config import ConfigVersion, Prompts, TenantConfig
from ragtenancy.domain.tenants import Tenant, TenantScope

NOW = datetime(2026, 5, 4, 12, 30, 15, 123_456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOCUMENT_ID = DocumentId("doc_guide")
REVISION = Revision("1-1")
SESSION_ID = SessionId("session-1")


def scope(name: str = "acme") -> TenantScope:
    """Return a tenant's scope; another name is another tenant."""
    letters = "".join(c for c in name if c.isalpha())
    return TenantScope(
        tenant_id=TenantId(name),
        tenant_uid=TenantUid(f"t{letters:a<26}"[:27]),
        namespace=Namespace(f"ns-{name}"),
    )


ACME = scope("acme")
GLOBEX = scope("globex")


def tenant(owner: TenantScope = ACME, **changes: Any) -> Tenant:
    values: dict[str, Any] = {"name": owner.tenant_id.title(), "created_at": NOW, "updated_at": NOW}
    return Tenant(
        tenant_id=owner.tenant_id,
        tenant_uid=owner.tenant_uid,
        namespace=owner.namespace,
        **(values | changes),
    )


def config_version(owner: TenantScope = ACME, version: int = 1, **changes: Any) -> ConfigVersion:
    values: dict[str, Any] = {
        "config": TenantConfig(prompts=Prompts(greeting=f"Hello from {version}")),
        "created_at": NOW,
        "created_by": "operator",
    }
    return ConfigVersion(tenant_uid=owner.tenant_uid, version=version, **(values | changes))


def api_key(owner: TenantScope = ACME, key_id: str = "keykeykey01", **changes: Any) -> ApiKey:
    values: dict[str, Any] = {"mac": bytes(range(32)), "pepper_version": 1, "created_at": NOW}
    return ApiKey(
        key_id=ApiKeyId(key_id),
        tenant_id=owner.tenant_id,
        tenant_uid=owner.tenant_uid,
        **(values | changes),
    )


def job(owner: TenantScope = ACME, job_id: str = "job_1", **changes: Any) -> Job:
    values: dict[str, Any] = {"document_id": DOCUMENT_ID, "created_at": NOW, "updated_at": NOW}
    return Job(
        job_id=JobId(job_id),
        tenant_id=owner.tenant_id,
        tenant_uid=owner.tenant_uid,
        **(values | changes),
    )


def deletion(
    owner: TenantScope = ACME, deletion_id: str = "del_1", **changes: Any
) -> TenantDeletion:
    values: dict[str, Any] = {
        "requested_by": "operator",
        "requested_at": NOW,
        "removed": {"chunks": 3},
    }
    return TenantDeletion(
        deletion_id=DeletionId(deletion_id),
        tenant_id=owner.tenant_id,
        tenant_uid=owner.tenant_uid,
        namespace=owner.namespace,
        **(values | changes),
    )


def upload(version: int = 1, **changes: Any) -> Upload:
    values: dict[str, Any] = {
        "filename": "guide.docx",
        "media_type": "text/plain",
        "content_hash": ContentHash(f"{version:064x}"),
        "size": 1_000,
        "blob": BlobName(f"blob_{version}"),
        "metadata": {"product": "crm", "year": 2026, "beta": True, "price": 1.0},
        "uploaded_at": NOW,
        "job_id": JobId(f"job_{version}"),
    }
    return Upload(version=version, **(values | changes))


def active_version(version: int = 1, **changes: Any) -> ActiveVersion:
    values: dict[str, Any] = {
        "upload": upload(version),
        "revision": Revision(f"{version}-1"),
        "total_chunks": 3,
        "warnings": ("a picture was left out",),
        "embedding_fingerprint": Fingerprint("model-1"),
    }
    return ActiveVersion(**(values | changes))


def document(owner: TenantScope = ACME, document_id: str = DOCUMENT_ID, **changes: Any) -> Document:
    """Return a document whose first upload is on its way."""
    values: dict[str, Any] = {"created_at": NOW, "pending": upload()}
    return Document(
        tenant_uid=owner.tenant_uid, document_id=DocumentId(document_id), **(values | changes)
    )


def active_document(
    owner: TenantScope = ACME, document_id: str = DOCUMENT_ID, version: int = 1, **changes: Any
) -> Document:
    """Return a document that answers."""
    values: dict[str, Any] = {"active": active_version(version), "pending": None}
    return document(owner, document_id, **(values | changes))


def chunk(ordinal: int = 0, **changes: Any) -> Chunk:
    values: dict[str, Any] = {
        "document_id": DOCUMENT_ID,
        "revision": REVISION,
        "section_ordinal": ordinal // 2,
        "section": ("Guide", f"Part {ordinal // 2}"),
        "text": f"Passage {ordinal} — naïve, 東京.",
        "token_count": 7,
        "page": 3,
        "start": 40 * ordinal,
    }
    return Chunk(ordinal=ordinal, **(values | changes))


def source(index: int = 1, **changes: Any) -> Source:
    values: dict[str, Any] = {
        "document_id": DOCUMENT_ID,
        "filename": "guide.docx",
        "version": "1",
        "chunk_id": ChunkId("doc_guide#1-1#000000"),
        "section": ("Guide",),
        "text": "A passage.",
        "score": 0.75,
        "scores": Scores(semantic=0.5, bm25=3.25, semantic_normalized=0.5, bm25_normalized=1.0),
    }
    return Source(index=index, **(values | changes))


def turn(index: int = 0, **changes: Any) -> Turn:
    values: dict[str, Any] = {
        "question": f"Question {index}?",
        "answer": f"Answer {index} [1].",
        "sources": (source(),),
        "grounded": True,
        "created_at": NOW + index * SECOND,
    }
    return Turn(index=index, **(values | changes))


def conversation(
    owner: TenantScope = ACME, session_id: str = SESSION_ID, **changes: Any
) -> Conversation:
    values: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
    return Conversation(
        tenant_uid=owner.tenant_uid, session_id=SessionId(session_id), **(values | changes)
    )


def idempotency_record(
    owner: TenantScope = ACME, key: str = "key-1", **changes: Any
) -> IdempotencyRecord:
    values: dict[str, Any] = {"body_hash": "abc", "expires_at": NOW + 60 * SECOND}
    return IdempotencyRecord(tenant_uid=owner.tenant_uid, key=key, **(values | changes))
