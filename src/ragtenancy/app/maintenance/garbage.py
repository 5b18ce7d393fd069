"""Garbage collection in one tenant: resuming, settling or removing what a crash left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from ragtenancy.app.documents import Documents
from ragtenancy.app.paging import every
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.attachments import is_detached
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import BlobName, DocumentId, Revision
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.jobs import new_job
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import uploaded
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository

FIRST_VERSION = 1


class DifferenceKind(StrEnum):
    """A difference between the stores and the catalogue."""

    INCOMPLETE_DOCUMENT = "incomplete_document"  # a store lacks some of its chunks
    UNLISTED_JOB = "unlisted_job"  # open, but not in the queue
    DELETED_CLIENT = "deleted_client"  # data that came after its client's deletion
    UNKNOWN_CLIENT = "unknown_client"  # data of a client that has neither record nor receipt
    LOST_CLIENT = "lost_client"  # a client without its storage


class Difference(Struct, frozen=True, kw_only=True):
    """A difference that a full sweep found; `item_id` is that of the document or the job.

    `client_id` is the uid of an unknown client.
    """

    kind: DifferenceKind
    client_id: str
    item_id: str | None = None
    mended: bool


class SweepReport(Struct, kw_only=True):
    """The numbers of items that a sweep removed or resumed, and what a full one found."""

    revisions: int = 0
    blobs: int = 0
    uploads: int = 0
    documents: int = 0
    tenants: int = 0
    differences: list[Difference] = []


class GarbageCollector:
    """Collects garbage after one intent or across a whole tenant; every step is idempotent.

    Several processes may collect concurrently.
    """

    def __init__(
        self,
        document_repository: DocumentRepository,
        jobs: JobRepository,
        blobs: BlobStore,
        intents: IntentLog,
        revisions: Revisions,
        documents: Documents,
        clock: Clock,
    ) -> None:
        self._document_repository = document_repository
        self._jobs = jobs
        self._blobs = blobs
        self._intents = intents
        self._revisions = revisions
        self._documents = documents
        self._clock = clock

    # -- after one intent

    async def after_upload(self, scope: TenantScope, intent: Intent, report: SweepReport) -> None:
        """Settle an upload that may have stopped anywhere between its original and its job."""
        document = await self._uploaded(scope, intent)
        if document is not None:
            await self._settle(scope, document, report)
        await self._remove_originals_of(scope, intent, report)

    async def after_staging(self, scope: TenantScope, intent: Intent, report: SweepReport) -> None:
        """Remove a document's staged and replaced revisions, except the live ones."""
        if intent.document_id is None:
            return
        stored = await self._revisions.stored(scope, intent.document_id)
        await self._remove_orphans(scope, stored, report)
        await self._remove_originals_of(scope, intent, report)

    async def after_deletion(
        self, scope: TenantScope, document_id: DocumentId, report: SweepReport
    ) -> bool | None:
        """Resume a deletion; return whether it is verified, None if it never started."""
        document = await self._document_repository.get(scope, document_id)
        if document is None:
            return True
        return await self._resume(scope, document_id, report) if document.deleting else None

    # -- over a whole tenant

    async def collect_revisions(
        self, scope: TenantScope, before: datetime, report: SweepReport
    ) -> None:
        """Remove the tenant's revisions, except live ones and those in progress since `before`."""
        stored = await self._revisions.stored(scope)
        opened = await self._intents.opened(until=max(before, self._clock.now()))
        own = [intent for intent in opened if intent.tenant_uid == scope.tenant_uid]
        making = {intent.document_id for intent in own if intent.opened_at > before}
        settled = [(found_id, revision) for found_id, revision in stored if found_id not in making]
        is_migrating = any(intent.work is Work.MIGRATE for intent in own)
        await self._remove_orphans(scope, settled, report, spare_unknown=is_migrating)

    async def collect_all(self, scope: TenantScope, before: datetime, report: SweepReport) -> None:
        """List every document, revision and original; collect garbage older than `before`."""
        async for document in self._every(scope):
            if document.deleting or await self._is_detached(scope, document, before):
                await self._resume(scope, document.document_id, report)
            elif document.pending is not None and document.pending.uploaded_at < before:
                await self._settle(scope, document, report)
        await self.collect_revisions(scope, before, report)
        old = await self._blobs.names(scope, written_before=before)
        if old:
            needed = {name async for each in self._every(scope) for name in each.blobs}
            await self._remove_blobs(scope, set(old) - needed, report)

    # -- steps

    async def _resume(
        self, scope: TenantScope, document_id: DocumentId, report: SweepReport
    ) -> bool:
        """Take a deletion as far as the stores allow; return whether it is verified."""
        try:
            receipt = await self._documents.delete(scope, document_id)
        except NotFoundError:
            return True
        except ConflictError:
            return False
        report.documents += 1
        return receipt.verified

    async def _is_detached(self, scope: TenantScope, document: Document, before: datetime) -> bool:
        """Return whether it is a file of a document that is gone or no longer contains it."""
        if document.attached_to is None or document.created_at > before:
            return False
        parent = await self._document_repository.get(scope, document.attached_to)
        return is_detached(document, parent)

    async def _settle(self, scope: TenantScope, document: Document, report: SweepReport) -> None:
        """Settle an upload that was never acknowledged: it has a record but no job.

        A new document is removed. A replacement gets its job: it may have overtaken an
        acknowledged upload, and the version it replaces must not stay indefinitely.
        """
        pending = document.pending
        if pending is None or await self._jobs.get(scope, pending.job_id) is not None:
            return
        report.uploads += 1
        if pending.version == FIRST_VERSION:
            withdrawn = uploaded(pending.key_id, pending.uploaded_at, -1)
            used = [] if document.attached_to else [withdrawn]
            await self._document_repository.remove(scope, document.document_id, used)
            return
        now = self._clock.now()
        job = new_job(scope, document.document_id, pending.job_id, now, size=pending.size)
        await self._jobs.add(scope, job)

    async def _remove_orphans(
        self,
        scope: TenantScope,
        stored: Iterable[tuple[DocumentId, Revision]],
        report: SweepReport,
        *,
        spare_unknown: bool = False,
    ) -> None:
        """Remove the revisions that no document's record lists as live."""
        for document_id, revision in stored:
            document = await self._document_repository.get(scope, document_id)
            is_spared = spare_unknown if document is None else revision in document.live_revisions
            if not is_spared:
                await self._revisions.remove(scope, document_id, revision)
                report.revisions += 1

    async def _remove_originals_of(
        self, scope: TenantScope, intent: Intent, report: SweepReport
    ) -> None:
        """Remove the intent's originals that none of its possible documents needs."""
        job = intent.job_id and await self._jobs.get(scope, intent.job_id)
        ids = {intent.document_id, job.document_id if job else None}
        documents = [await self._document_repository.get(scope, each) for each in ids if each]
        documents.append(await self._uploaded(scope, intent))
        needed = {name for document in documents if document for name in document.blobs}
        await self._remove_blobs(scope, set(intent.blobs) - needed, report)

    async def _remove_blobs(
        self, scope: TenantScope, names: Iterable[BlobName], report: SweepReport
    ) -> None:
        for name in names:
            report.blobs += await self._blobs.delete(scope, name)

    async def _uploaded(self, scope: TenantScope, intent: Intent) -> Document | None:
        if intent.job_id is None:
            return None
        return await self._document_repository.with_pending_job(scope, intent.job_id)

    def _every(self, scope: TenantScope) -> AsyncIterator[Document]:
        read = self._document_repository.page
        return every(lambda after, limit: read(scope, after=after, limit=limit))
