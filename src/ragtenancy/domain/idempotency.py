"""Idempotency keys: a repeated upload gets the first one's reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, structs

from ragtenancy.domain.documents import Metadata
from ragtenancy.domain.errors import ConflictError, InvalidError
from ragtenancy.domain.ids import ContentHash, DocumentId, JobId, TenantUid
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.validation_words import shape

_KEY = shape(
    r"\A[!-~](?:[ -~]{0,253}[!-~])?\Z",
    "1 to 255 printable ASCII characters, without a space at either end",
)
IdempotencyKey = Annotated[str, Meta(pattern=_KEY)]
KEPT = timedelta(hours=24)
IN_FLIGHT = timedelta(minutes=2)


def key_in_batch(key: str, number: int) -> str:
    """Return the key of one file of a batch, from the batch's key and the file's number."""
    return f"batch-{sha256(key.encode()).hexdigest()}-{number}"


class IdempotentReply(Struct, frozen=True, kw_only=True):
    """The first reply to a key; `status` is the job's status at that time."""

    job_id: JobId
    document_id: DocumentId
    status: JobStatus


class IdempotencyRecord(Struct, frozen=True, kw_only=True):
    """One key of a tenant; `job_id` is None while the first request is unanswered.

    `holder` is the process that works on the first request. `status` is the job's status in the
    first reply.
    """

    tenant_uid: TenantUid
    key: str
    body_hash: str
    job_id: JobId | None = None
    document_id: DocumentId | None = None
    status: JobStatus = JobStatus.QUEUED
    expires_at: datetime
    holder: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether the first request has been answered."""
        return self.job_id is not None and self.document_id is not None

    def stands(self, now: datetime, is_dead: Callable[[str], bool]) -> bool:
        """Return whether the key is taken: until it expires, or its process dies unanswered."""
        return now < self.expires_at and (self.is_answered or not is_dead(self.holder))

    def reply_to(self, body_hash: str) -> IdempotentReply:
        """Return the first request's reply for a repeated request.

        Raises `InvalidError` for another body, `ConflictError` while the first is unanswered.
        """
        if self.body_hash != body_hash:
            raise InvalidError(
                "This Idempotency-Key was used with another body.", code="idempotency_key_reused"
            )
        if self.job_id is None or self.document_id is None:
            raise ConflictError(
                "The first request with this Idempotency-Key is still in progress.",
                code="idempotency_in_flight",
                retry_after=1.0,
            )
        return IdempotentReply(job_id=self.job_id, document_id=self.document_id, status=self.status)

    def answered(self, reply: IdempotentReply, now: datetime) -> IdempotencyRecord:
        """Return the record with its reply, kept for 24 hours."""
        return structs.replace(
            self,
            job_id=reply.job_id,
            document_id=reply.document_id,
            status=reply.status,
            expires_at=now + KEPT,
        )


def upload_hash(
    content_hash: ContentHash, filename: str, document_id: DocumentId | None, metadata: Metadata
) -> str:
    """Return a hash of everything that identifies an upload request."""
    parts = [content_hash, filename, document_id or "", sorted(metadata.items())]
    return sha256(msgspec.json.encode(parts)).hexdigest()
