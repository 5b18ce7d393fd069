"""Announcing events: a durable delivery for each webhook that wants one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from ragtenancy.app.intents import Intents
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import Backlog
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import (
    Event,
    delivery_of,
    event_of_budget,
    event_of_deletion,
    events_of_job,
)
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.webhooks import WebhookRepository

log = structlog.get_logger(__name__)


class Announcements:
    """Enqueues events for webhooks; announcing one again changes nothing."""

    def __init__(self, webhooks: WebhookRepository, clock: Clock) -> None:
        self._webhooks = webhooks
        self._clock = clock

    async def are_wanted(self, scope: TenantScope) -> bool:
        """Return whether the tenant has webhooks."""
        return bool(await self._webhooks.every(scope))

    async def of_job(self, scope: TenantScope, job: Job) -> None:
        """Announce the end of a job."""
        await self._announce(scope, events_of_job(job))

    async def of_deletion(self, scope: TenantScope, document: Document) -> None:
        """Announce that a document is deleted from every store."""
        await self._announce(scope, [event_of_deletion(scope, document, self._clock.now())])

    async def of_budget(self, scope: TenantScope, month: str, percent: int) -> None:
        """Announce that a month's cost has reached a share of the budget."""
        await self._announce(scope, [event_of_budget(scope, month, percent, self._clock.now())])

    async def _announce(self, scope: TenantScope, events: Sequence[Event]) -> None:
        now = self._clock.now()
        for webhook in await self._webhooks.every(scope):
            for event in filter(webhook.wants, events):
                await self._webhooks.enqueue(scope, delivery_of(webhook, event, now))


class AnnouncedJobs(JobRepository):
    """Jobs whose ends are announced, whoever writes them.

    An intent is open from before a final write until after the announcement, so that the sweeper
    makes up for one that a crash prevented.
    """

    def __init__(self, jobs: JobRepository, announcements: Announcements, intents: Intents) -> None:
        self._jobs = jobs
        self._announcements = announcements
        self._intents = intents

    async def save(self, scope: TenantScope, job: Job) -> Job:
        """Write a job as the store does; if it is finished, announce it."""
        if not job.finished or not await self._announcements.are_wanted(scope):
            return await self._jobs.save(scope, job)
        opened = await self._intents.open(scope, Work.ANNOUNCE, job.job_id, job_id=job.job_id)
        saved = await self._jobs.save(scope, job)
        try:
            await self._announcements.of_job(scope, saved)
        except RagTenancyError as error:
            log.warning("announcement_postponed", code=error.reason)
        else:
            await self._intents.close(scope, opened)
        return saved

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        """Return a job."""
        return await self._jobs.get(scope, job_id)

    async def add(self, scope: TenantScope, job: Job) -> None:
        """Store a new job."""
        await self._jobs.add(scope, job)

    async def take(self, holder: str, now: datetime) -> Job | None:
        """Lease the next due job."""
        return await self._jobs.take(holder, now)

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        """Return a queued job's place."""
        return await self._jobs.place(scope, job_id, now)

    async def count_pending(self, scope: TenantScope) -> int:
        """Count the tenant's open jobs."""
        return await self._jobs.count_pending(scope)

    async def backlog(self) -> Backlog:
        """Return the size and age of the queue of all tenants."""
        return await self._jobs.backlog()

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """Return a page of the tenant's jobs."""
        return await self._jobs.page(scope, status=status, after=after, limit=limit)

    async def page_all(
        self, *, status: JobStatus | None = None, after: Cursor | None = None, limit: int = 50
    ) -> Page[Job]:
        """Return a page of every tenant's jobs."""
        return await self._jobs.page_all(status=status, after=after, limit=limit)

    async def relist(self) -> Sequence[Job]:
        """Make every open job findable."""
        return await self._jobs.relist()

    async def drop(self, scope: TenantScope) -> int:
        """Remove every job of the tenant."""
        return await self._jobs.drop(scope)
