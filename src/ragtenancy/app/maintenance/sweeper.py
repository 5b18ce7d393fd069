"""The sweeper: resumes work that crashes interrupted, and compares the stores with the catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta

import structlog

from ragtenancy.app.maintenance.garbage import GarbageCollector, SweepReport
from ragtenancy.app.maintenance.reconciliation import Reconciliation
from ragtenancy.app.paging import every
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.domain.webhooks import KEPT as DELIVERIES_KEPT
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.intents import DutyRoster, IntentLog
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.webhooks import WebhookRepository

log = structlog.get_logger(__name__)

GRACE = timedelta(hours=1)
DERIVED_KEPT = timedelta(days=7)
SWEEP_EVERY = timedelta(minutes=5)
SWEEP_DUTY = "sweep"
FULL_SWEEP_DUTY = "full-sweep"
DAY = timedelta(days=1)
WINDOW = timedelta(hours=1)


class Sweeper:
    """Follows up open intents or, in a full sweep, reconciles every tenant's data.

    Intents and garbage younger than the grace period are left alone: a request may be in
    progress. Document deletions are the exception: resuming one in progress does no harm. Of all
    processes, one sweeps every five minutes, and the first to claim it runs the full sweep once a
    day at `full_sweep_at` (`HH:MM` UTC); None means never.
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
        reconciliation: Reconciliation,
        expiry: Expiry,
        tenant_deletions: TenantDeletions,
        webhooks: WebhookRepository,
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
        self._reconciliation = reconciliation
        self._expiry = expiry
        self._tenant_deletions = tenant_deletions
        self._webhooks = webhooks
        self._clock = clock
        self._full_sweep_at = None if full_sweep_at is None else time.fromisoformat(full_sweep_at)

    async def sweep(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Follow up open intents, unfinished tenant deletions and expired values.

        If there are none, the sweep makes one request for each of the three and one for ended
        deliveries, and reads no tenant's data. Work that cannot be done now is left for the next sweep.
        """
        report = SweepReport()
        for deletion in await self._deletions.unfinished():
            await self._tenant_deletions.resume(deletion)
            report.tenants += 1
        now = self._clock.now()
        for intent in await self._intents.opened(until=max(now, now - grace)):
            await self._follow(intent, report, is_old=intent.opened_at <= now - grace)
        await self._expiry.purge_due()
        await self._webhooks.purge(before=now - DELIVERIES_KEPT)
        return report

    async def sweep_in_turn(self) -> SweepReport | None:
        """Sweep, unless a process of the installation has within five minutes."""
        now = self._clock.now()
        if not await self._duties.claim(SWEEP_DUTY, now=now, until=now + SWEEP_EVERY):
            return None
        return await self.sweep()

    async def sweep_fully(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Sweep, then compare all that the stores hold with the catalogue.

        The report names the differences. The cost grows with the stored data: a million chunks in
        Pinecone take some 20,000 requests. A tenant that cannot be swept now is left for the next
        full sweep.
        """
        report = await self.sweep(grace=grace)
        before = self._clock.now() - grace
        made = set(await self._storage.tenants())
        registered = [tenant async for tenant in self._registered()]
        uids = {tenant.tenant_uid for tenant in registered}
        await self._reconciliation.relist_jobs(report)
        await self._reconciliation.remove_orphans(made, uids, report)
        for tenant in registered:
            if tenant.status is TenantStatus.DELETING:
                continue
            if tenant.tenant_uid not in made and tenant.created_at < before:
                await self._finish_creation(tenant, report)
            await self._collect(tenant, before, report)
        return report

    async def sweep_nightly(self) -> SweepReport | None:
        """Sweep fully within an hour of the configured time, unless tonight's sweep is claimed."""
        if self._full_sweep_at is None:
            return None
        now = self._clock.now()
        begins = datetime.combine(now.date(), self._full_sweep_at, now.tzinfo)
        begins = begins if begins <= now else begins - DAY
        if now - begins >= WINDOW:
            return None
        if not await self._duties.claim(FULL_SWEEP_DUTY, now=now, until=begins + DAY):
            return None
        return await self.sweep_fully()

    async def _follow(self, intent: Intent, report: SweepReport, *, is_old: bool) -> None:
        """Do an intent's work, and close it once nothing is left to do."""
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
        """Do an intent's work; return whether nothing is left to do."""
        scope = tenant.scope
        if intent.work is Work.DELETE and intent.document_id is not None:
            verified = await self._garbage.after_deletion(scope, intent.document_id, report)
            return is_old if verified is None else verified
        if intent.work is Work.ANNOUNCE:
            return True
        if not is_old or intent.work is Work.MIGRATE:
            return False
        match intent.work:
            case Work.CREATE:
                await self._finish_creation(tenant, report)
            case Work.UPLOAD:
                await self._garbage.after_upload(scope, intent, report)
            case Work.REINDEX:
                await self._garbage.collect_revisions(scope, intent.opened_at, report)
            case _:
                await self._garbage.after_staging(scope, intent, report)
        return True

    async def _finish_creation(self, tenant: Tenant, report: SweepReport) -> None:
        """Create the storage of a tenant whose creation was interrupted.

        Lost storage is never replaced: a tenant with a configuration already had storage.
        """
        if await self._configs.newest(tenant.scope) > 0:
            log.error("storage_lost", client_id=tenant.tenant_id)
            self._reconciliation.note_lost(tenant, report)
            return
        await self._storage.create(tenant.scope)
        found = await self._tenants.find(tenant.tenant_uid)
        if found is None or found.status is TenantStatus.DELETING:
            await self._storage.drop(tenant.scope)

    async def _collect(self, tenant: Tenant, before: datetime, report: SweepReport) -> None:
        try:
            await self._garbage.collect_all(tenant.scope, before, report)
            await self._reconciliation.complete(tenant.scope, before, report)
            await self._expiry.purge(tenant.scope)
        except RagTenancyError as error:
            log.warning("sweep_skipped", client_id=tenant.tenant_id, code=error.reason)

    def _registered(self) -> AsyncIterator[Tenant]:
        return every(lambda after, limit: self._tenants.page(after=after, limit=limit))


class Expiry:
    """Purges expired derived values and idempotency keys if the store has no TTL."""

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
        """Purge the tenants that hold expired values."""
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
        """Purge one tenant's expired values."""
        now = self._clock.now()
        await self._idempotency.purge(scope, now=now)
        await self._derived.purge(scope, written_before=now - DERIVED_KEPT, now=now)


def _scope_of_nobody(intent: Intent) -> TenantScope:
    """Return the scope of an intent whose tenant is gone."""
    return TenantScope(
        tenant_id=intent.tenant_id,
        tenant_uid=intent.tenant_uid,
        namespace=Namespace(intent.tenant_id),  # unknown here
    )
