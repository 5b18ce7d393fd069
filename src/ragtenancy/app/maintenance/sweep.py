"""Collecting what crashes left and resuming what they interrupted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from ragtenancy.app.documents.delete import DeleteDocument
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.app.tenants.delete import DeleteTenant
from ragtenancy.domain.documents import Document, DocumentStatus
from ragtenancy.domain.errors import ConflictError, NotFoundError, RagTenancyError
from ragtenancy.domain.jobs import new_job
from ragtenancy.domain.pages import MAX_LIMIT, Cursor
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

GRACE = timedelta(hours=1)
DERIVED_KEPT = timedelta(days=7)
FIRST_VERSION = 1


class SweepReport(Struct, kw_only=True):
    """How many leftovers a sweep removed or resumed."""

    revisions: int = 0
    blobs: int = 0
    uploads: int = 0
    documents: int = 0
    tenants: int = 0


class SweepStores(Struct, frozen=True, kw_only=True):
    """The stores that a sweep looks through."""

    storage: TenantStorage
    configs: TenantConfigRepository
    documents: DocumentRepository
    blobs: BlobStore
    jobs: JobRepository
    idempotency: IdempotencyStore
    derived: DerivedCache


class Sweep:
    """Goes through every tenant once.

    Leftovers younger than the grace are left alone: they may be a request under way.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        deletions: DeletionRepository,
        stores: SweepStores,
        retire: RetireRevisions,
        delete_document: DeleteDocument,
        delete_tenant: DeleteTenant,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._deletions = deletions
        self._stores = stores
        self._retire = retire
        self._delete_document = delete_document
        self._delete_tenant = delete_tenant
        self._clock = clock

    async def __call__(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Return what was done; a tenant that cannot be swept now is left for the next time."""
        report = SweepReport()
        for deletion in await self._deletions.unfinished():
            await self._delete_tenant.resume(deletion)
            report.tenants += 1
        before = self._clock.now() - grace
        made = set(await self._stores.storage.tenants())
        async for tenant in self._registered():
            if tenant.status is TenantStatus.DELETING:
                continue
            if tenant.tenant_uid not in made and tenant.created_at < before:
                await self._restore(tenant)
            await self._tenant(tenant, before, report)
        return report

    async def _registered(self) -> AsyncIterator[Tenant]:
        after: Cursor | None = None
        while True:
            page = await self._tenants.page(after=after, limit=MAX_LIMIT)
            for tenant in page.items:
                yield tenant
            after = page.next
            if after is None:
                return

    async def _tenant(self, tenant: Tenant, before: datetime, report: SweepReport) -> None:
        scope = tenant.scope
        try:
            await self._documents(scope, before, report)
            await self._revisions(scope, report)
            await self._blobs(scope, before, report)
            await self._stores.idempotency.purge(scope, now=self._clock.now())
            await self._stores.derived.purge(scope, written_before=self._clock.now() - DERIVED_KEPT)
        except RagTenancyError as error:
            log.warning("sweep_skipped", client_id=tenant.tenant_id, code=error.reason)

    async def _restore(self, tenant: Tenant) -> None:
        """Finish a creation that broke off; never replace containers that were there and are lost.

        A configuration is written after the containers were made.
        """
        if await self._stores.configs.newest(tenant.scope) == 0:
            await self._finish_creation(tenant)
        else:
            log.error("storage_lost", client_id=tenant.tenant_id)

    async def _finish_creation(self, tenant: Tenant) -> None:
        """Make the containers of a client whose creation was broken off."""
        await self._stores.storage.create(tenant.scope)
        found = await self._tenants.find(tenant.tenant_uid)
        if found is None or found.status is TenantStatus.DELETING:
            await self._stores.storage.drop(tenant.scope)

    async def _documents(self, scope: TenantScope, before: datetime, report: SweepReport) -> None:
        """Resume deletions and settle uploads that never got their job."""
        async for document in self._all(scope):
            if document.status is DocumentStatus.DELETING:
                await self._resume(scope, document, report)
            else:
                await self._settle(scope, document, before, report)

    async def _resume(self, scope: TenantScope, document: Document, report: SweepReport) -> None:
        try:
            await self._delete_document(scope, document.document_id)
            report.documents += 1
        except (NotFoundError, ConflictError):
            return

    async def _settle(
        self, scope: TenantScope, document: Document, before: datetime, report: SweepReport
    ) -> None:
        """Deal with an upload that was never acknowledged: its row is there, its job is not.

        A new document is removed. A replacement gets its job: it may have overtaken an upload
        that was acknowledged, and what was to be replaced must not stay for ever.
        """
        pending = document.pending
        if pending is None or pending.uploaded_at >= before:
            return
        if await self._stores.jobs.get(scope, pending.job_id) is not None:
            return
        report.uploads += 1
        if pending.version == FIRST_VERSION:
            await self._stores.documents.remove(scope, document.document_id)
            return
        job = new_job(scope, document.document_id, pending.job_id, self._clock.now())
        await self._stores.jobs.add(scope, job)

    async def _revisions(self, scope: TenantScope, report: SweepReport) -> None:
        for document_id, revision in await self._retire.stored(scope):
            document = await self._stores.documents.get(scope, document_id)
            if document is not None and revision in document.live_revisions:
                continue
            await self._retire.revision(scope, document_id, revision)
            report.revisions += 1

    async def _blobs(self, scope: TenantScope, before: datetime, report: SweepReport) -> None:
        old = await self._stores.blobs.names(scope, written_before=before)
        if not old:
            return
        needed = await self._needed_blobs(scope)
        for name in old:
            if name not in needed:
                await self._stores.blobs.delete(scope, name)
                report.blobs += 1

    async def _needed_blobs(self, scope: TenantScope) -> set[str]:
        needed: set[str] = set()
        async for document in self._all(scope):
            needed |= document.blobs
        return needed

    async def _all(self, scope: TenantScope) -> AsyncIterator[Document]:
        after: Cursor | None = None
        while True:
            page = await self._stores.documents.page(scope, after=after, limit=MAX_LIMIT)
            for document in page.items:
                yield document
            after = page.next
            if after is None:
                return
