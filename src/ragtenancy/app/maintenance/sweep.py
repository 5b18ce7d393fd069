"""Collecting what crashes left and resuming what they interrupted, where the intents say so."""

from __future__ import annotations

from datetime import timedelta

import structlog

from ragtenancy.app.maintenance.leftovers import Leftovers, SweepReport
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

GRACE = timedelta(hours=1)
DERIVED_KEPT = timedelta(days=7)


class Sweep:
    """Looks at open intents, unfinished deletions of clients and values that are due to go.

    Where there are none, it asks three questions and reads nothing of any client. Intents younger
    than the grace are left alone: they may be a request under way. A document's deletion is not:
    resuming one that goes on does no harm.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        deletions: DeletionRepository,
        intents: IntentLog,
        storage: TenantStorage,
        configs: TenantConfigRepository,
        purge_expired: PurgeExpired,
        leftovers: Leftovers,
        tenant_deletions: TenantDeletions,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._deletions = deletions
        self._intents = intents
        self._storage = storage
        self._configs = configs
        self._purge_expired = purge_expired
        self._leftovers = leftovers
        self._tenant_deletions = tenant_deletions
        self._clock = clock

    async def __call__(self, *, grace: timedelta = GRACE) -> SweepReport:
        """Return what was done; what cannot be done now is left for the next time."""
        report = SweepReport()
        for deletion in await self._deletions.unfinished():
            await self._tenant_deletions.resume(deletion)
            report.tenants += 1
        now = self._clock.now()
        for intent in await self._intents.opened(until=max(now, now - grace)):
            await self._look(intent, report, is_old=intent.opened_at <= now - grace)
        await self._purge_expired.where_due()
        return report

    async def _look(self, intent: Intent, report: SweepReport, *, is_old: bool) -> None:
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
            verified = await self._leftovers.of_deletion(scope, intent.document_id, report)
            return is_old if verified is None else verified
        if not is_old or intent.work is Work.MIGRATE:
            return False
        match intent.work:
            case Work.CREATE:
                await self.finish_creation(tenant)
            case Work.UPLOAD:
                await self._leftovers.of_upload(scope, intent, report)
            case Work.REINDEX:
                await self._leftovers.of_every_document(scope, intent.opened_at, report)
            case _:
                await self._leftovers.of_revision(scope, intent, report)
        return True

    async def finish_creation(self, tenant: Tenant) -> None:
        """Make the containers of a client whose creation was broken off.

        Containers that were there and are lost are never replaced: a configuration is written after
        they were made.
        """
        if await self._configs.newest(tenant.scope) > 0:
            log.error("storage_lost", client_id=tenant.tenant_id)
            return
        await self._storage.create(tenant.scope)
        found = await self._tenants.find(tenant.tenant_uid)
        if found is None or found.status is TenantStatus.DELETING:
            await self._storage.drop(tenant.scope)


class PurgeExpired:
    """Removes values and keys whose time is over, where the store does not do so by itself."""

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

    async def where_due(self) -> None:
        """Purge the tenants that hold something old."""
        before = self._clock.now() - DERIVED_KEPT
        for uid in await self._derived.tenants_holding(written_before=before):
            tenant = await self._tenants.find(uid)
            if tenant is None or tenant.status is TenantStatus.DELETING:
                continue
            try:
                await self.of(tenant.scope)
            except RagTenancyError as error:
                log.warning("purge_skipped", client_id=tenant.tenant_id, code=error.reason)

    async def of(self, scope: TenantScope) -> None:
        """Purge a tenant."""
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
