"""Documents, their chunks and their jobs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ragtenancy.app.documents import StoredText
from ragtenancy.app.ingestion.acceptance import Accepted
from ragtenancy.app.ingestion.batches import Submission
from ragtenancy.app.jobs.jobs import JobView
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.deletions import DocumentReceipt
from ragtenancy.domain.documents import Document
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.domain.jobs import Job, QueuePlace
from ragtenancy.wire import documents as wire


def accepted(upload: Accepted) -> wire.Accepted:
    """Return an accepted upload's job."""
    return msgspec.convert(upload, wire.Accepted, from_attributes=True)


def batch_item(submission: Submission) -> wire.BatchItem:
    """Return what became of a file of a batch."""
    job, error = submission.accepted, submission.error
    return wire.BatchItem(
        filename=submission.filename,
        job_id=None if job is None else job.job_id,
        document_id=None if job is None else job.document_id,
        status=None if job is None else job.status.value,
        error=None if error is None else wire.Refusal(code=error.reason, detail=error.detail),
    )


def document_of(client_id: TenantId) -> Callable[[Document], wire.Document]:
    """Return the conversion for one client's documents."""

    def view(document: Document) -> wire.Document:
        shown, active = document.shown, document.active
        return wire.Document(
            document_id=document.document_id,
            client_id=client_id,
            filename=shown.filename,
            version=str(shown.version),
            uploaded_at=shown.uploaded_at,
            status=document.status.value,
            metadata=shown.metadata,
            ingestion=wire.IngestionCounts(
                total_chunks=active.total_chunks if active else 0,
                images_processed=active.images_processed if active else 0,
            ),
            attached_to=document.attached_to,
        )

    return view


def chunk(found: Chunk) -> wire.Chunk:
    """Return a chunk."""
    return msgspec.convert(found, wire.Chunk, from_attributes=True)


def text(document_id: DocumentId, found: StoredText) -> wire.DocumentText:
    """Return a document's text."""
    return wire.DocumentText(
        document_id=document_id,
        filename=found.filename,
        version=str(found.version),
        text=found.text,
    )


def receipt(deleted: DocumentReceipt) -> wire.Receipt:
    """Return a document deletion's receipt."""
    return msgspec.convert(deleted, wire.Receipt, from_attributes=True)


def job_view(view: JobView) -> wire.Job:
    """Return a job with its place in the queue."""
    return job(view.job, view.place)


def job(found: Job, place: QueuePlace | None = None) -> wire.Job:
    """Return a job."""
    error = found.error
    return wire.Job(
        job_id=found.job_id,
        document_id=found.document_id,
        client_id=found.tenant_id,
        status=found.status.value,
        step=found.step.value if found.step else None,
        progress=found.progress,
        attempts=found.attempts,
        queue=wire.QueuePlace(position=place.position, reason=place.reason) if place else None,
        error=wire.JobError(code=error.code, detail=error.detail) if error else None,
        created_at=found.created_at,
        updated_at=found.updated_at,
        ingestion=msgspec.convert(found.counts, wire.JobCounts, from_attributes=True),
    )
