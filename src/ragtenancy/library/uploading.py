"""Ingesting from Python: submitting a file and waiting for its job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from os import PathLike
from pathlib import Path

from msgspec import Struct

from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.container import Container
from ragtenancy.domain.documents import Metadata
from ragtenancy.domain.errors import (
    ConflictError,
    LimitError,
    NotFoundError,
    RagTenancyError,
    ReindexRequiredError,
    UnavailableError,
    UnreadableDocumentError,
)
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.jobs import Job, JobStatus
from ragtenancy.domain.tenants import TenantScope

PIECE_BYTES = 1 << 20
POLL = timedelta(milliseconds=50)
FULL_QUEUE = "max_pending_jobs"
Readable = str | PathLike[str] | bytes
Watch = Callable[[Job], None]


class NewFile(Struct, frozen=True, kw_only=True):
    """A file to ingest; `document_id` names the document to replace."""

    source: Readable
    filename: str
    metadata: Metadata
    document_id: DocumentId | None


def name_of(source: Readable) -> str:
    """Return a path's filename, an empty one for bytes."""
    return "" if isinstance(source, bytes) else Path(source).name


async def pieces(source: Readable) -> AsyncIterator[bytes]:
    """Yield the bytes given or read from a file, one mebibyte at a time."""
    if isinstance(source, bytes):
        for start in range(0, len(source), PIECE_BYTES):
            yield source[start : start + PIECE_BYTES]
        return
    with await asyncio.to_thread(Path(source).open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece


class Submitter:
    """Submits a tenant's file and, on request, waits until its document is active."""

    def __init__(self, container: Container, scope: TenantScope) -> None:
        self._submit = container.uploads().submit
        self._jobs = container.jobs()
        self._documents = container.documents()
        self._tenant_embedder = container.tenant_embedder()
        self._clock = container.clock()
        self._scope = scope

    async def __call__(self, file: NewFile) -> Job:
        """Submit a file and return its job. Raises `LimitError` if a quota is used up."""
        upload = NewUpload(
            filename=file.filename,
            body=pieces(file.source),
            metadata=file.metadata,
            document_id=file.document_id,
        )
        accepted = await self._submit(self._scope, upload)
        return (await self._jobs.get(self._scope, accepted.job_id)).job

    async def wait(self, file: NewFile, watch: Watch | None = None) -> Job:
        """Submit a file and return its job once it has succeeded; raise its error if it fails.

        The documents made of files inside it have ended by then, too, well or not.
        """
        await self._tenant_embedder.in_use(self._scope, besides=file.document_id)
        job = await self._with_room(file)
        while not job.finished:
            await self._clock.sleep(POLL)
            job = (await self._jobs.get(self._scope, job.job_id)).job
            if watch is not None:
                watch(job)
            _require_no_reindex(job)
        if job.status is not JobStatus.SUCCEEDED:
            raise _failure(job)
        await self._attached(job)
        return job

    async def _attached(self, job: Job) -> None:
        """Wait for the jobs of the documents attached to a job's document."""
        with suppress(NotFoundError):
            parent = await self._documents.get(self._scope, job.document_id)
            for document_id in parent.attachments:
                await self._ended(document_id)

    async def _ended(self, document_id: DocumentId) -> None:
        with suppress(NotFoundError):
            while True:
                pending = (await self._documents.get(self._scope, document_id)).pending
                if pending is None:
                    return
                if (await self._jobs.get(self._scope, pending.job_id)).job.finished:
                    return
                await self._clock.sleep(POLL)

    async def _with_room(self, file: NewFile) -> Job:
        """Submit the file, waiting for room in a full queue but not under the document quota."""
        while True:
            try:
                return await self(file)
            except LimitError as error:
                if error.reason != FULL_QUEUE:
                    raise
                await self._clock.sleep(timedelta(seconds=error.retry_after or 1.0))


def _require_no_reindex(job: Job) -> None:
    """Raise `ReindexRequiredError` for a waiting job whose model changed since it was queued."""
    if job.error is not None and job.error.code == ReindexRequiredError.code:
        raise ReindexRequiredError(
            "The client's documents use another embedding model; reindex them to ingest new ones.",
            job_id=job.job_id,
            document_id=job.document_id,
        )


def _failure(job: Job) -> RagTenancyError:
    if job.error is None:
        return ConflictError("The job was cancelled.", code="job_cancelled", job_id=job.job_id)
    passing = job.error.code in {"attempts_exhausted", "internal"}
    family = UnavailableError if passing else UnreadableDocumentError
    return family(
        job.error.detail, code=job.error.code, job_id=job.job_id, document_id=job.document_id
    )
