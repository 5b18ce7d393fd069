"""Announcing events: a durable delivery for each webhook that wants one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from ragtenancy.app.paging import every
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import IsolationBreach, RagTenancyError
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.metrics import ISOLATION_BREACHES
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.domain.webhooks import (
    Event,
    delivery_of,
    event_of_budget,
    event_of_deletion,
    events_of_job,
)
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.webhooks import WebhookRepository

log = structlog.get_logger(__name__)

IDLE = timedelta(seconds=1)
LONGEST_IDLE = timedelta(seconds=5)


class Announcements:
    """Enqueues events for webhooks; announcing one again changes nothing."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        jobs: JobRepository,
        tenants: TenantRepository,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._jobs = jobs
        self._tenants = tenants
        self._metrics = metrics
        self._clock = clock

    async def of_deletion(self, scope: TenantScope, document: Document) -> None:
        """Announce that a document is deleted from every store."""
        await self._announce(scope, [event_of_deletion(scope, document, self._clock.now())])

    async def of_budget(self, scope: TenantScope, month: str, percent: int) -> None:
        """Announce that a month's cost has reached a share of the budget."""
        await self._announce(scope, [event_of_budget(scope, month, percent, self._clock.now())])

    async def run(self, announced: Callable[[], object] = lambda: None) -> None:
        """Relay until cancelled, with exponential backoff; call `announced` whenever it did."""
        idle = IDLE
        while True:
            relayed = False
            try:
                relayed = await self.relay()
            except RagTenancyError as error:
                log.warning("announcements_unavailable", code=error.reason)
            if relayed:
                announced()
            idle = IDLE if relayed else min(2 * idle, LONGEST_IDLE)
            await self._clock.sleep(idle)

    async def relay(self) -> bool:
        """Announce the ends of jobs in the outbox, and clear it; return whether there were any.

        An end that cannot be announced stays for the next time and delays no other.
        """
        read = self._jobs.outbox
        announced = False
        async for end in every(lambda after, limit: read(after=after, limit=limit)):
            if await self._relayed(end):
                await self._jobs.clear_outbox([end])
                announced = True
        return announced

    async def _relayed(self, end: Job) -> bool:
        try:
            tenant = await self._tenants.find(end.tenant_uid)
            if tenant is not None and tenant.status is not TenantStatus.DELETING:
                await self._announce(tenant.scope, events_of_job(end))
        except RagTenancyError as error:
            if isinstance(error, IsolationBreach):
                self._metrics.count(ISOLATION_BREACHES, store=error.store)
            log.warning(
                "announcement_postponed",
                client_id=end.tenant_id,
                job_id=end.job_id,
                code=error.reason,
            )
            return False
        return True

    async def _announce(self, scope: TenantScope, events: Sequence[Event]) -> None:
        now = self._clock.now()
        for webhook in await self._webhooks.every(scope):
            for event in filter(webhook.wants, events):
                await self._webhooks.enqueue(scope, delivery_of(webhook, event, now))
