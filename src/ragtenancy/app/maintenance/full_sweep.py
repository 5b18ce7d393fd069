"""Looking through everything that every client has, for leftovers of which no intent tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta

import structlog

from ragtenancy.app.maintenance.leftovers import Leftovers, SweepReport
from ragtenancy.app.maintenance.sweep import GRACE, PurgeExpired, Sweep
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.pages import MAX_LIMIT, Cursor
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.duties import DutyRoster
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

DUTY = "full-sweep"
DAY = timedelta(days=1)
WINDOW = timedelta(hours=1)


class FullSweep:
    """Sweeps, then lists every document, revision and original.

    It costs what there is to be listed: at a million chunks in Pinecone some 10,000 requests.
    What is younger than the grace is left alone: it may be a request under way.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        storage: TenantStorage,
        documents: DocumentRepository,
        blobs: BlobStore,
        sweep: Sweep,
        leftovers: Leftovers,
        purge_expired: PurgeExpired,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._storage = storage
        self._documents = documents
        self._blobs = blobs
        self._sweep = sweep
        self._leftovers = leftovers
        self._purge_expired = purge_expired
        self._clock = clock

    async def __call__(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Return what was done; a tenant that cannot be swept now is left for the next time."""
        report = await self._sweep(grace=grace)
        before = self._clock.now() - grace
        made = set(await self._storage.tenants())
        async for tenant in self._registered():
            if tenant.status is TenantStatus.DELETING:
                continue
            if tenant.tenant_uid not in made and tenant.created_at < before:
                await self._sweep.finish_creation(tenant)
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
            await self._settle_documents(scope, before, report)
            await self._leftovers.of_every_document(scope, before, report)
            await self._originals(scope, before, report)
            await self._purge_expired.of(scope)
        except RagTenancyError as error:
            log.warning("sweep_skipped", client_id=tenant.tenant_id, code=error.reason)

    async def _settle_documents(
        self, scope: TenantScope, before: datetime, report: SweepReport
    ) -> None:
        """Resume deletions and settle uploads that never got their job."""
        async for document in self._every(scope):
            if document.deleting:
                await self._leftovers.resume(scope, document.document_id, report)
            elif document.pending is not None and document.pending.uploaded_at < before:
                await self._leftovers.settle(scope, document, report)

    async def _originals(self, scope: TenantScope, before: datetime, report: SweepReport) -> None:
        old = await self._blobs.names(scope, written_before=before)
        if old:
            needed = {name async for each in self._every(scope) for name in each.blobs}
            await self._leftovers.remove_blobs(scope, set(old) - needed, report)

    async def _every(self, scope: TenantScope) -> AsyncIterator[Document]:
        after: Cursor | None = None
        while True:
            page = await self._documents.page(scope, after=after, limit=MAX_LIMIT)
            for document in page.items:
                yield document
            after = page.next
            if after is None:
                return


class NightlySweep:
    """A full sweep a day at `HH:MM` UTC by whoever claims it first; none where no time is set."""

    def __init__(
        self, full_sweep: FullSweep, duties: DutyRoster, clock: Clock, *, at: str | None
    ) -> None:
        self._full_sweep = full_sweep
        self._duties = duties
        self._clock = clock
        self._at = None if at is None else time.fromisoformat(at)

    async def __call__(self) -> SweepReport | None:
        """Sweep within the hour after the time set, unless this night's sweep is claimed."""
        if self._at is None:
            return None
        now = self._clock.now()
        begins = datetime.combine(now.date(), self._at, now.tzinfo)
        begins = begins if begins <= now else begins - DAY
        if now - begins >= WINDOW:
            return None
        if not await self._duties.claim(DUTY, now=now, until=begins + DAY):
            return None
        return await self._full_sweep()
