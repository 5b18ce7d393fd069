"""The sweeper: resumes what crashes interrupted and collects what they left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta

import structlog

from ragtenancy.app.maintenance.garbage import GarbageCollector, SweepReport
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.pages import MAX_LIMIT, Cursor
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.intents import DutyRoster, IntentLog
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

GRACE = timedelta(hours=1)
DERIVED_KEPT = timedelta(days=7)
DUTY = "full-sweep"
DAY = timedelta(days=1)
WINDOW = timedelta(hours=1)


class Sweeper:
    """Sweeps where open intents point, or, in full, everything of every tenant.

    Intents and leftovers younger than the grace are left alone: they may be a request under way.
    A document's deletion is not: resuming one that goes on does no harm. A full sweep runs once
    a day at `full_sweep_at` (`HH:MM` UTC), by the process that claims it first; None is never.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        deletions: DeletionRepository,
        intents: IntentLog,
        storage: TenantStorage,
        configs: TenantConfigRepository,
        duties: DutyRoster,
        garbage: GarbageCollector,
        expiry: Expiry,
        tenant_deletions: TenantDeletions,
        clock: Clock,
        *,
        full_sweep_at: str | None,
    ) -> None:
        self._tenants = tenants
        self._deletions = deletions
        self._intents = intents
        self._storage = storage
        self._configs = configs
        self._duties = duties
        self._garbage = garbage
        self._expiry = expiry
        self._tenant_deletions = tenant_deletions
        self._clock = clock
        self._full_sweep_at = None if full_sweep_at is None else time.fromisoformat(full_sweep_at)

    async def sweep(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Sweep where intents, unfinished deletions of tenants and expired values point.

        Where there are none, it asks three questions and reads nothing of any tenant. What cannot
        be done now is left for the next sweep.
        """
        report = SweepReport()
        for deletion in await self._deletions.unfinished():
            await self._tenant_deletions.resume(deletion)
            report.tenants += 1
        now = self._clock.now()
        for intent in await self._intents.opened(until=max(now, now - grace)):
            await self._follow(intent, report, is_old=intent.opened_at <= now - grace)
        await self._expiry.purge_due()
        return report

    async def sweep_fully(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Sweep, then list every document, revision and original of every tenant.

        It costs what there is to be listed: at a million chunks in Pinecone some 10,000 requests.
        A tenant that cannot be swept now is left for the next time.
        """
        report = await self.sweep(grace=grace)
        before = self._clock.now() - grace
        made = set(await self._storage.tenants())
        async for tenant in self._registered():
            if tenant.status is TenantStatus.DELETING:
                continue
            if tenant.tenant_uid not in made and tenant.created_at < before:
                await self._finish_creation(tenant)
            await self._collect(tenant, before, report)
        return report

    async def sweep_nightly(self) -> SweepReport | None:
        """Sweep fully within the hour after the time set, unless tonight's sweep is claimed."""
        if self._full_sweep_at is None:
            return None
        now = self._clock.now()
        begins = datetime.combine(now.date(), self._full_sweep_at, now.tzinfo)
        begins = begins if begins <= now else begins - DAY
        if now - begins >= WINDOW:
            return None
        if not await self._duties.claim(DUTY, now=now, until=begins + DAY):
            return None
        return await self.sweep_fully()

    async def _follow(self, intent: Intent, report: SweepReport, *, is_old: bool) -> None:
        """Do what an intent asks for, and close it when nothing can be left."""
        try:
            tenant = await self._tenants.find(intent.tenant_uid)
            if tenant is None:
                if is_old:
                    await self._intents.close(_scope_of_nobody(intent), intent.intent_id)
            elif tenant.status is not TenantStatus.DELETING and await self._done(
                tenant, intent, report, is_old=is_old
            ):
                await self._intents.close(tenant.scope, intent.intent_id)
        except RagTenancyError as error:
            log.warning("sweep_skipped", client_id=intent.tenant_id, code=error.reason)

    async def _done(
        self, tenant: Tenant, intent: Intent, report: SweepReport, *, is_old: bool
    ) -> bool:
        """Do it; tell whether nothing is left to be done."""
        scope = tenant.scope
        if intent.work is Work.DELETE and intent.document_id is not None:
            verified = await self._garbage.after_deletion(scope, intent.document_id, report)
            return is_old if verified is None else verified
        if not is_old or intent.work is Work.MIGRATE:
            return False
        match intent.work:
            case Work.CREATE:
                await self._finish_creation(tenant)
            case Work.UPLOAD:
                await self._garbage.after_upload(scope, intent, report)
            case Work.REINDEX:
                await self._garbage.collect_revisions(scope, intent.opened_at, report)
            case _:
                await self._garbage.after_staging(scope, intent, report)
        return True

    async def _finish_creation(self, tenant: Tenant) -> None:
        """Make the containers of a tenant whose creation was broken off.

        Lost containers are never replaced: a configuration is written after they were made.
        """
        if await self._configs.newest(tenant.scope) > 0:
            log.error("storage_lost", client_id=tenant.tenant_id)
            return
        await self._storage.create(tenant.scope)
        found = await self._tenants.find(tenant.tenant_uid)
        if found is None or found.status is TenantStatus.DELETING:
            await self._storage.drop(tenant.scope)

    async def _collect(self, tenant: Tenant, before: datetime, report: SweepReport) -> None:
        try:
            await self._garbage.collect_all(tenant.scope, before, report)
            await self._expiry.purge(tenant.scope)
        except RagTenancyError as error:
            log.warning("sweep_skipped", client_id=tenant.tenant_id, code=error.reason)

    async def _registered(self) -> AsyncIterator[Tenant]:
        after: Cursor | None = None
        while True:
            page = await self._tenants.page(after=after, limit=MAX_LIMIT)
            for tenant in page.items:
                yield tenant
            after = page.next
            if after is None:
                return


class Expiry:
    """Purges expired derived values and idempotency keys, where the store has no TTL."""

    def __init__(
        self,
        tenants: TenantRepository,
        derived: DerivedCache,
        idempotency: IdempotencyStore,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._derived = derived
        self._idempotency = idempotency
        self._clock = clock

    async def purge_due(self) -> None:
        """Purge the tenants that hold something expired."""
        before = self._clock.now() - DERIVED_KEPT
        for uid in await self._derived.tenants_holding(written_before=before):
            tenant = await self._tenants.find(uid)
            if tenant is None or tenant.status is TenantStatus.DELETING:
                continue
            try:
                await self.purge(tenant.scope)
            except RagTenancyError as error:
                log.warning("purge_skipped", client_id=tenant.tenant_id, code=error.reason)

    async def purge(self, scope: TenantScope) -> None:
        """Purge one tenant."""
        now = self._clock.now()
        await self._idempotency.purge(scope, now=now)
        await self._derived.purge(scope, written_before=now - DERIVED_KEPT, now=now)


def _scope_of_nobody(intent: Intent) -> TenantScope:
    """Return the scope under which an intent of a tenant that is gone was kept."""
    return TenantScope(
        tenant_id=intent.tenant_id,
        tenant_uid=intent.tenant_uid,
        namespace=Namespace(intent.tenant_id),  # unknown here
    )
