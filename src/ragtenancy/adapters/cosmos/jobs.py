"""The durable queue in Cosmos DB: leases by ETag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import OwnedItems
from ragtenancy.adapters.cosmos.sound_jobs import SoundJobs
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import JobId, TenantUid
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page, cursor_position, cut, position_cursor
from ragtenancy.domain.queueing import Waiting, in_order, place_of
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.jobs import JobRepository

OPEN = "c.is_open = true"
NEWEST_FIRST = "ORDER BY c.sequence DESC"
Open = Mapping[str, tuple[Item, Job]]


class CosmosJobRepository(JobRepository):
    """Jobs in their clients' partitions; `take` and `place` look at the open ones of all."""

    def __init__(self, cosmos: Cosmos, holders: Holders) -> None:
        self._jobs = OwnedItems(cosmos, "jobs", "job", Job)
        self._sound = SoundJobs(self._jobs)
        self._holders = holders

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        return await self._jobs.get(scope, job_id)

    async def add(self, scope: TenantScope, job: Job) -> None:
        scope.require_own(job.tenant_uid, "jobs")
        await self._jobs.add(scope, job.job_id, job, **_fields(job))

    async def save(self, scope: TenantScope, job: Job) -> Job:
        scope.require_own(job.tenant_uid, "jobs")
        item = await self._jobs.read(scope, job.job_id)
        if item is None or self._jobs.record_of(scope, item).version != job.version:
            raise StaleWriteError("The job changed since it was read.")
        return await self._written(item, job)

    async def take(self, holder: str, now: datetime) -> Job | None:
        jobs = await self._open()
        dead = self._dead_holders(job for _, job in jobs.values())
        numbered = dict(enumerate(jobs.values()))
        takeable = [_waiting(n, job) for n, (_, job) in numbered.items() if job.takeable(now, dead)]
        for waiting in in_order(takeable, _running(jobs, now, dead)):
            item, job = numbered[waiting.sequence]
            try:
                return await self._written(item, job.leased(holder, now))
            except StaleWriteError:
                continue  # another worker was quicker
        return None

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        jobs = await self._open()
        queued = {
            item_id: _waiting(n, job)
            for n, (item_id, (_, job)) in enumerate(jobs.items())
            if job.status is JobStatus.QUEUED
        }
        own = queued.get(self._jobs.id_of(scope, job_id))
        if own is None:
            return None
        return place_of(own, queued.values(), _running(jobs, now, frozenset()), now)

    async def count_pending(self, scope: TenantScope) -> int:
        return await self._jobs.count(scope, OPEN)

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        where, values = _older(status, after)
        found = await self._jobs.select(
            scope, f"{where} {NEWEST_FIRST}", top=limit + 1, values=values
        )
        listed = cut(found, limit, lambda item: position_cursor(item["sequence"]))
        jobs = tuple(self._jobs.record_of(scope, item) for item in listed.items)
        return Page(items=jobs, next=listed.next)

    async def page_all(
        self,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        where, values = _older(status, after)
        found = await self._jobs.items.query_everywhere(
            f"TOP {limit + 1} *", f"{where} {NEWEST_FIRST}", values
        )
        listed = cut(found, limit, lambda item: position_cursor(item["sequence"]))
        return Page(items=tuple(job for _, job in self._sound(listed.items)), next=listed.next)

    async def drop(self, scope: TenantScope) -> int:
        return await self._jobs.remove(scope)

    async def _open(self) -> Open:
        items = await self._jobs.items.query_everywhere("*", OPEN)
        sound = sorted(self._sound(items), key=lambda pair: (pair[0]["sequence"], pair[0]["id"]))
        return {item["id"]: (item, job) for item, job in sound}

    def _dead_holders(self, jobs: Iterable[Job]) -> frozenset[str]:
        holders = {job.lease.holder for job in jobs if job.lease}
        return frozenset(holder for holder in holders if self._holders.is_dead(holder))

    async def _written(self, item: Item, job: Job) -> Job:
        written = structs.replace(job, version=job.version + 1)
        changed = self._jobs.changed(item, written, **_fields(written))
        await self._jobs.items.replace(item["client_id"], changed, item["_etag"])
        return written


def _fields(job: Job) -> Mapping[str, object]:
    """Return what queries ask for."""
    return {"status": str(job.status), "is_open": not job.finished}


def _older(status: JobStatus | None, after: Cursor | None) -> tuple[str, Mapping[str, object]]:
    """Return the condition of a page and its values."""
    before = {} if after is None else {"before": cursor_position(after)}
    wanted = {} if status is None else {"status": str(status)}
    older = "c.sequence < @before" if before else "c.sequence > 0"
    return f"{older} AND c.status = @status" if wanted else older, {**before, **wanted}


def _running(jobs: Open, now: datetime, dead: frozenset[str]) -> Mapping[TenantUid, int]:
    """Count the jobs that are in somebody's hands."""
    running = [job for _, job in jobs.values() if job.status is JobStatus.RUNNING]
    return Counter(job.tenant_uid for job in running if not job.takeable(now, dead))


def _waiting(sequence: int, job: Job) -> Waiting:
    return Waiting(job.created_at, sequence, job.tenant_uid, job.not_before)
