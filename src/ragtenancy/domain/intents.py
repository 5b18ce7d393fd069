"""Intents: writes planned for several stores, recorded before the first of them.

No transaction spans two stores, so a process writing to several may die between them. The intent,
still open, then points to the only place that needs inspection.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ragtenancy.domain.ids import BlobName, DocumentId, IntentId, JobId, TenantId, TenantUid
from ragtenancy.domain.tenants import TenantScope


class Work(StrEnum):
    """Work that a crash may leave half done."""

    CREATE = "create"  # a client: its record, then its containers
    UPLOAD = "upload"  # an original, its document's record, its job
    STAGE = "stage"  # a revision; then the one that it replaces is removed
    DELETE = "delete"  # a document from every store
    ANNOUNCE = "announce"  # of earlier versions, before jobs had an outbox
    REINDEX = "reindex"  # successors of all documents of a client
    MIGRATE = "migrate"  # a foreign namespace; only the operator resumes or undoes it


class Intent(Struct, frozen=True, kw_only=True):
    """Work in progress for a tenant since `opened_at`.

    `document_id` and `job_id` identify its document and job, if known; `blobs` are the originals,
    some of which will be unneeded when it is done.
    """

    intent_id: IntentId
    tenant_id: TenantId
    tenant_uid: TenantUid
    work: Work
    document_id: DocumentId | None = None
    job_id: JobId | None = None
    blobs: Sequence[BlobName] = ()
    opened_at: datetime


def intent(
    scope: TenantScope,
    work: Work,
    key: str,
    at: datetime,
    *,
    document_id: DocumentId | None = None,
    job_id: JobId | None = None,
    blobs: Sequence[BlobName] = (),
) -> Intent:
    """Return an intent; of one tenant, work and key there is one at a time."""
    return Intent(
        intent_id=IntentId(f"{work}-{key}"),
        tenant_id=scope.tenant_id,
        tenant_uid=scope.tenant_uid,
        work=work,
        document_id=document_id,
        job_id=job_id,
        blobs=tuple(blobs),
        opened_at=at,
    )
