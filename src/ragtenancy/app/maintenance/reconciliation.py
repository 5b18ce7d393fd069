"""Reconciliation: what the stores hold, compared with the catalogue of clients and documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from ragtenancy.app.maintenance.garbage import Difference, DifferenceKind, SweepReport
from ragtenancy.app.paging import every
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.domain.documents import ActiveVersion, Document, DocumentStatus
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import JobId, TenantUid, chunk_id
from ragtenancy.domain.jobs import new_job
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.vectors import VectorIndex

log = structlog.get_logger(__name__)

VERIFIED_AGAIN = timedelta(days=2)


class Reconciliation:
    """Finds what the stores lack or should not have, and mends it where the truth is known.

    Data of a client without a record is removed only if a receipt tells of its deletion: otherwise
    the catalogue may be the part that was lost. A document that a store lacks chunks of is ingested
    again from its original; until then it answers from what is left.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        chunks: ChunkRepository,
        vectors: VectorIndex,
        blobs: BlobStore,
        jobs: JobRepository,
        deletions: DeletionRepository,
        tenant_deletions: TenantDeletions,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._chunks = chunks
        self._vectors = vectors
        self._blobs = blobs
        self._jobs = jobs
        self._deletions = deletions
        self._tenant_deletions = tenant_deletions
        self._ids = ids
        self._clock = clock

    async def relist_jobs(self, report: SweepReport) -> None:
        """Let workers find open jobs that the queue had lost sight of."""
        for job in await self._jobs.relist():
            _add(report, DifferenceKind.UNLISTED_JOB, job.tenant_id, job.job_id, mended=True)

    async def remove_orphans(
        self, stored: Collection[TenantUid], registered: Collection[TenantUid], report: SweepReport
    ) -> None:
        """Remove what came after its client's deletion, and report data of unknown clients.

        Recent receipts are verified again: a write that was under way may have come late.
        """
        receipts = {each.tenant_uid: each for each in await self._deletions.every()}
        since = self._clock.now() - VERIFIED_AGAIN
        for deletion in receipts.values():
            finished = deletion.finished_at
            is_due = finished is not None and (finished > since or deletion.tenant_uid in stored)
            if is_due and await self._tenant_deletions.repeat(deletion):
                _add(report, DifferenceKind.DELETED_CLIENT, deletion.tenant_id, mended=True)
        for uid in sorted(set(stored) - set(registered) - receipts.keys()):
            _add(report, DifferenceKind.UNKNOWN_CLIENT, uid, mended=False)

    def note_lost(self, tenant: Tenant, report: SweepReport) -> None:
        """Report a client whose storage is gone; only a backup brings it back."""
        _add(report, DifferenceKind.LOST_CLIENT, tenant.tenant_id, mended=False)

    async def complete(self, scope: TenantScope, before: datetime, report: SweepReport) -> None:
        """Ingest again those documents that a store lacks chunks of."""
        async for document in self._active(scope):
            active = document.active
            if active is None or active.upload.uploaded_at >= before:
                continue
            if await self.is_complete(scope, document, active):
                continue
            latest = await self._documents.get(scope, document.document_id)
            if latest is None or latest.active_revision != active.revision:
                continue  # it changed while its chunks were counted
            mended = await self._ingested_again(scope, latest, active)
            kind = DifferenceKind.INCOMPLETE_DOCUMENT
            _add(report, kind, scope.tenant_id, document.document_id, mended=mended)

    async def is_complete(
        self, scope: TenantScope, document: Document, active: ActiveVersion
    ) -> bool:
        """Return whether both stores hold every chunk of a document's active revision."""
        of = (scope, document.document_id, active.revision)
        if await self._vectors.count(*of) != active.total_chunks:
            return False
        chunks = await self._chunks.count(*of)
        if chunks or not active.total_chunks:
            return chunks == active.total_chunks
        first = chunk_id(document.document_id, active.revision, 0)
        return (await self._chunks.get(scope, [first]))[
            0
        ] is not None  # its text is with the vector

    async def _ingested_again(
        self, scope: TenantScope, document: Document, active: ActiveVersion
    ) -> bool:
        """Queue the document's original again; return whether a job will complete it."""
        if document.pending is not None and document.pending_error is None:
            return True  # a newer version is under way
        if active.upload.blob not in await self._blobs.names(scope):
            return False
        now = self._clock.now()
        job_id = JobId(self._ids.new("job"))
        again = structs.replace(
            active.upload, version=document.next_version, uploaded_at=now, job_id=job_id
        )
        try:
            await self._documents.save(scope, document.replaced_by(again))
        except StaleWriteError:
            return False  # the next sweep looks again
        job = new_job(scope, document.document_id, job_id, now, size=again.size)
        await self._jobs.add(scope, job)
        return True

    def _active(self, scope: TenantScope) -> AsyncIterator[Document]:
        read = self._documents.page
        return every(
            lambda after, limit: read(scope, status=DocumentStatus.ACTIVE, after=after, limit=limit)
        )


def _add(
    report: SweepReport,
    kind: DifferenceKind,
    client_id: str,
    item_id: str | None = None,
    *,
    mended: bool,
) -> None:
    difference = Difference(kind=kind, client_id=client_id, item_id=item_id, mended=mended)
    report.differences.append(difference)
    log.warning("difference_found", client_id=client_id, item_id=item_id, why=kind)
