"""Idempotency keys: a repeated upload gets the first one's reply."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.domain.ids import DocumentId, JobId, TenantUid
from ragtenancy.domain.jobs import JobStatus

IdempotencyKey = Annotated[str, Meta(pattern=r"\A[!-~](?:[ -~]{0,253}[!-~])?\Z")]
KEPT = timedelta(hours=24)
IN_FLIGHT = timedelta(minutes=2)


class IdempotencyRecord(Struct, frozen=True, kw_only=True):
    """One key of a tenant; `job_id` is None while the first request is unanswered.

    `status` is the job's as the first reply told it.
    """

    tenant_uid: TenantUid
    key: str
    body_hash: str
    job_id: JobId | None = None
    document_id: DocumentId | None = None
    status: JobStatus = JobStatus.QUEUED
    expires_at: datetime
