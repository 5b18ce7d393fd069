"""What a crash left of one document or one upload: resumed, settled or removed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from ragtenancy.app.documents import Documents
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import BlobName, DocumentId, Revision
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.jobs import new_job
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository

FIRST_VERSION = 1


class SweepReport(Struct, kw_only=True):
    """How many leftovers a sweep removed or resumed."""

    revisions: int = 0
    blobs: int = 0
    uploads: int = 0
    documents: int = 0
    tenants: int = 0


class Leftovers:
    """Looks at one document or upload; every step may run twice, in several processes at once."""

    def __init__(
        self,
        document_repository: DocumentRepository,
        jobs: JobRepository,
        blobs: BlobStore,
        intents: IntentLog,
        retire: RetireRevisions,
        documents: Documents,
        clock: Clock,
    ) -> None:
        self._document_repository = document_repository
        self._jobs = jobs
        self._blobs = blobs
        self._intents = intents
        self._retire = retire
        self._documents = documents
        self._clock = clock

    async def of_upload(self, scope: TenantScope, intent: Intent, report: SweepReport) -> None:
        """Settle an upload that may have ended anywhere between its original and its job."""
        document = await self._uploaded(scope, intent)
        if document is not None:
            await self.settle(scope, document, report)
        await self._unneeded(scope, intent, report)

    async def of_revision(self, scope: TenantScope, intent: Intent, report: SweepReport) -> None:
        """Remove what a document's attempts staged and replaced, but for what is live."""
        if intent.document_id is None:
            return
        stored = await self._retire.stored(scope, intent.document_id)
        await self._retire_stale(scope, stored, report)
        await self._unneeded(scope, intent, report)

    async def of_every_document(
        self, scope: TenantScope, before: datetime, report: SweepReport
    ) -> None:
        """Remove every revision of the tenant that is not live, nor being made since `before`."""
        stored = await self._retire.stored(scope)
        opened = await self._intents.opened(until=max(before, self._clock.now()))
        own = [intent for intent in opened if intent.tenant_uid == scope.tenant_uid]
        making = {intent.document_id for intent in own if intent.opened_at > before}
        stale = [(found_id, revision) for found_id, revision in stored if found_id not in making]
        is_migrating = any(intent.work is Work.MIGRATE for intent in own)
        await self._retire_stale(scope, stale, report, spare_unknown=is_migrating)

    async def of_deletion(
        self, scope: TenantScope, document_id: DocumentId, report: SweepReport
    ) -> bool | None:
        """Resume a deletion; tell whether it is verified, None where it was never begun."""
        document = await self._document_repository.get(scope, document_id)
        if document is None:
            return True
        return await self.resume(scope, document_id, report) if document.deleting else None

    async def resume(
        self, scope: TenantScope, document_id: DocumentId, report: SweepReport
    ) -> bool:
        """Carry a deletion as far as the stores allow; tell whether it is verified."""
        try:
            receipt = await self._documents.delete(scope, document_id)
        except NotFoundError:
            return True
        except ConflictError:
            return False
        report.documents += 1
        return receipt.verified

    async def settle(self, scope: TenantScope, document: Document, report: SweepReport) -> None:
        """Deal with an upload that was never acknowledged: its row is there, its job is not.

        A new document is removed. A replacement gets its job: it may have overtaken an upload
        that was acknowledged, and what was to be replaced must not stay for ever.
        """
        pending = document.pending
        if pending is None or await self._jobs.get(scope, pending.job_id) is not None:
            return
        report.uploads += 1
        if pending.version == FIRST_VERSION:
            await self._document_repository.remove(scope, document.document_id)
            return
        job = new_job(scope, document.document_id, pending.job_id, self._clock.now())
        await self._jobs.add(scope, job)

    async def remove_blobs(
        self, scope: TenantScope, names: Iterable[BlobName], report: SweepReport
    ) -> None:
        """Remove originals."""
        for name in names:
            report.blobs += await self._blobs.delete(scope, name)

    async def _retire_stale(
        self,
        scope: TenantScope,
        stored: Iterable[tuple[DocumentId, Revision]],
        report: SweepReport,
        *,
        spare_unknown: bool = False,
    ) -> None:
        for document_id, revision in stored:
            document = await self._document_repository.get(scope, document_id)
            is_spared = spare_unknown if document is None else revision in document.live_revisions
            if not is_spared:
                await self._retire.revision(scope, document_id, revision)
                report.revisions += 1

    async def _uploaded(self, scope: TenantScope, intent: Intent) -> Document | None:
        if intent.job_id is None:
            return None
        return await self._document_repository.with_pending_job(scope, intent.job_id)

    async def _unneeded(self, scope: TenantScope, intent: Intent, report: SweepReport) -> None:
        """Remove the intent's originals that none of the documents it may belong to holds."""
        job = intent.job_id and await self._jobs.get(scope, intent.job_id)
        ids = {intent.document_id, job.document_id if job else None}
        documents = [await self._document_repository.get(scope, each) for each in ids if each]
        documents.append(await self._uploaded(scope, intent))
        needed = {name for document in documents if document for name in document.blobs}
        await self.remove_blobs(scope, set(intent.blobs) - needed, report)
