"""The queue in Cosmos DB."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.partitions import SEPARATOR, OwnedItems
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.ids import JobId, TenantId, TenantUid
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import Served, Waiting, in_order, place_of, served_by_tenant
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.jobs import Holders, JobRepository

log = structlog.get_logger(__name__)

MAX_LOGGED = 1_000


class SoundJobs:
    """Reads items across tenants; each invalid one is skipped and logged once."""

    def __init__(self, jobs: OwnedItems[Job]) -> None:
        self._jobs = jobs
        self._told: set[str] = set()

    def __call__(self, items: Iterable[Item]) -> list[tuple[Item, Job]]:
        """Return items with their jobs, except damaged, misfiled and forged ones."""
        read = [(item, self._job(item)) for item in items]
        return [(item, job) for item, job in read if job is not None]

    def _job(self, item: Item) -> Job | None:
        try:
            job = self._jobs.decoded(item)
        except UnavailableError:
            self._tell(item, "unreadable")
            return None
        if _is_of(item, job):
            return job
        self._tell(item, "misfiled")
        return None

    def _tell(self, item: Item, why: str) -> None:
        if item["id"] in self._told or len(self._told) == MAX_LOGGED:
            return
        self._told.add(item["id"])
        log.error("job_left_out", item_id=item["id"], why=why)


def _is_of(item: Item, job: Job) -> bool:
    """Return whether an item is stored in its job's place, with a position in the queue."""
    return (
        item.get("client_id") == job.tenant_id
        and item.get("tenant_uid") == job.tenant_uid
        and item["id"] == SEPARATOR.join((job.tenant_uid, "job", job.job_id))
        and isinstance(item.get("sequence"), int | float)
    )


OPEN = "c.is_open = true"
NEWEST_FIRST = "ORDER BY c.sequence DESC"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Open = tuple[Item, Job]


class CosmosJobRepository(JobRepository):
    """Jobs in their clients' partitions; `take` and `place` query the open ones of all.

    If several clients wait, each one's partition holds the time of its last service.
    """

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
        dead = self._dead_holders(jobs)
        numbered = dict(enumerate(jobs))
        takeable = [_waiting(n, job) for n, (_, job) in numbered.items() if job.takeable(now, dead)]
        for waiting in in_order(takeable, await self._served(jobs, takeable, now, dead)):
            item, job = numbered[waiting.sequence]
            try:
                return await self._written(item, job.leased(holder, now))
            except StaleWriteError:
                continue  # another worker wrote first
        return None

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        jobs = await self._open()
        dead = self._dead_holders(jobs)
        own_id = self._jobs.id_of(scope, job_id)
        waiting = {
            item["id"]: _waiting(n, job)
            for n, (item, job) in enumerate(jobs)
            if job.waits(now, dead)
        }
        queued = {item["id"] for item, job in jobs if job.status is JobStatus.QUEUED}
        if own_id not in queued:
            return None
        served = await self._served(jobs, waiting.values(), now, dead)
        return place_of(waiting[own_id], waiting.values(), served, now)

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

    async def _open(self) -> Sequence[Open]:
        items = await self._jobs.items.query_everywhere("*", OPEN)
        return sorted(self._sound(items), key=lambda pair: (pair[0]["sequence"], pair[0]["id"]))

    async def _served(
        self, jobs: Sequence[Open], waiting: Iterable[Waiting], now: datetime, dead: frozenset[str]
    ) -> Mapping[TenantUid, Served]:
        """Return the service that waiting tenants received, without times for a single one."""
        served = served_by_tenant((job for _, job in jobs), now, dead)
        wait = {each.tenant_uid for each in waiting}
        clients = {job.tenant_uid: job.tenant_id for _, job in jobs if job.tenant_uid in wait}
        if len(clients) > 1:
            asked = (self._last(uid, client) for uid, client in clients.items())
            for uid, last in zip(clients, await asyncio.gather(*asked), strict=True):
                served[uid] = Served(served[uid].running, last)
        return served

    async def _last(self, uid: TenantUid, client: TenantId) -> datetime | None:
        """Return when a tenant got its latest lease, from its own partition."""
        found = await self._jobs.items.query(
            client,
            "TOP 1 VALUE c.leased",
            "c.tenant_uid = @uid AND c.leased > 0 ORDER BY c.leased DESC",
            {"uid": uid},
        )
        return EPOCH + timedelta(microseconds=found[0]) if found else None

    def _dead_holders(self, jobs: Sequence[Open]) -> frozenset[str]:
        holders = {job.lease.holder for _, job in jobs if job.lease}
        return frozenset(holder for holder in holders if self._holders.is_dead(holder))

    async def _written(self, item: Item, job: Job) -> Job:
        written = structs.replace(job, version=job.version + 1)
        changed = self._jobs.changed(item, written, **_fields(written))
        await self._jobs.items.replace(item["client_id"], changed, item["_etag"])
        return written


def _fields(job: Job) -> Mapping[str, object]:
    """Return what queries ask for."""
    leased = (job.leased_at - EPOCH) // timedelta(microseconds=1) if job.leased_at else 0
    return {"status": str(job.status), "is_open": not job.finished, "leased": leased}


def _older(status: JobStatus | None, after: Cursor | None) -> tuple[str, Mapping[str, object]]:
    """Return a page's condition and its values."""
    before = {} if after is None else {"before": cursor_position(after)}
    wanted = {} if status is None else {"status": str(status)}
    older = "c.sequence < @before" if before else "c.sequence > 0"
    return f"{older} AND c.status = @status" if wanted else older, {**before, **wanted}


def _waiting(sequence: int, job: Job) -> Waiting:
    return Waiting(job.created_at, sequence, job.tenant_uid, job.not_before)
