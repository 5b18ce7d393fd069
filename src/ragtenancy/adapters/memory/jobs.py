"""The queue in memory, intents, duties and idempotency keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.ids import IntentId, JobId, TenantUid
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import (
    UNLIMITED,
    Backlog,
    Room,
    Served,
    Waiting,
    in_order,
    place_of,
    ranked_at,
    served_by_tenant,
)
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.intents import DutyRoster, IntentLog
from ragtenancy.ports.jobs import Holders, JobRepository


class InMemoryJobRepository(JobRepository):
    """Jobs by tenant and id."""

    def __init__(self, memory: Memory, holders: Holders) -> None:
        self._jobs = memory.jobs
        self._ends = memory.job_ends
        self._holders = holders

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        job = self._jobs.get((scope.tenant_uid, job_id))
        if job is not None:
            scope.require_own(job.tenant_uid, "jobs")
        return job

    async def add(self, scope: TenantScope, job: Job) -> None:
        scope.require_own(job.tenant_uid, "jobs")
        self._jobs.add(_key(job), job)

    async def save(self, scope: TenantScope, job: Job) -> Job:
        scope.require_own(job.tenant_uid, "jobs")
        stored = await self.get(scope, job.job_id)
        if stored is None or stored.version != job.version:
            raise StaleWriteError("The job changed since it was read.")
        saved = self._write(job)
        if saved.finished and not stored.finished:
            self._ends.put(_end(saved), saved)
        return saved

    async def outbox(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Job]:
        return self._ends.page(lambda _: True, after=after, limit=limit)

    async def clear_outbox(self, ends: Sequence[Job]) -> None:
        for job in ends:
            self._ends.remove(_end(job))

    async def take(self, holder: str, now: datetime, room: Room = UNLIMITED) -> Job | None:
        dead = self._dead_holders()
        takeable = {
            n: job
            for n, job in self._open()
            if job.takeable(now, dead) and room.admits(job.tenant_uid, job.size)
        }
        waiting = [_waiting(n, job) for n, job in takeable.items()]
        order = in_order(waiting, self._served(now, dead))
        return self._write(takeable[order[0].sequence].leased(holder, now)) if order else None

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        job = await self.get(scope, job_id)
        if job is None or job.status is not JobStatus.QUEUED:
            return None
        dead = self._dead_holders()
        waiting = {_key(j): _waiting(n, j) for n, j in self._open() if j.waits(now, dead)}
        return place_of(waiting[_key(job)], waiting.values(), self._served(now, dead), now)

    async def count_pending(self, scope: TenantScope) -> int:
        return sum(job.tenant_uid == scope.tenant_uid for _, job in self._open())

    async def backlog(self) -> Backlog:
        jobs = [job for _, job in self._open()]
        waiting = [job.created_at for job in jobs if job.status is JobStatus.QUEUED]
        return Backlog(
            queued=len(waiting),
            running=len(jobs) - len(waiting),
            oldest=min(waiting, default=None),
        )

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        def chosen(job: Job) -> bool:
            return job.tenant_uid == scope.tenant_uid and status in (None, job.status)

        return self._jobs.page(chosen, after=after, limit=limit, newest_first=True)

    async def page_all(
        self,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        return self._jobs.page(
            lambda job: status in (None, job.status), after=after, limit=limit, newest_first=True
        )

    async def drop(self, scope: TenantScope) -> int:
        self._ends.remove_where(lambda key: key[0] == scope.tenant_uid)
        return self._jobs.remove_where(lambda key: key[0] == scope.tenant_uid)

    def _open(self) -> Sequence[tuple[int, Job]]:
        return [(n, job) for n, job in self._jobs.numbered() if not job.finished]

    def _served(self, now: datetime, dead: frozenset[str]) -> Mapping[TenantUid, Served]:
        return served_by_tenant((job for _, job in self._jobs.numbered()), now, dead)

    def _dead_holders(self) -> frozenset[str]:
        holders = {job.lease.holder for _, job in self._open() if job.lease}
        return frozenset(holder for holder in holders if self._holders.is_dead(holder))

    def _write(self, job: Job) -> Job:
        written = structs.replace(job, version=job.version + 1)
        self._jobs.put(_key(job), written)
        return written


def _key(job: Job) -> tuple[TenantUid, JobId]:
    return (job.tenant_uid, job.job_id)


def _end(job: Job) -> tuple[TenantUid, JobId, int]:
    return (job.tenant_uid, job.job_id, job.version)


def _waiting(sequence: int, job: Job) -> Waiting:
    return Waiting(ranked_at(job), sequence, job.tenant_uid, job.not_before)


class InMemoryIntentLog(IntentLog):
    """Intents by tenant and id."""

    def __init__(self, memory: Memory) -> None:
        self._intents = memory.intents

    async def open(self, scope: TenantScope, intent: Intent) -> None:
        scope.require_own(intent.tenant_uid, "intents")
        self._intents.put((scope.tenant_uid, intent.intent_id), intent)

    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        self._intents.remove((scope.tenant_uid, intent_id))

    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        due = (intent for intent in self._intents if intent.opened_at <= until)
        return tuple(sorted(due, key=lambda intent: intent.opened_at))

    async def drop(self, scope: TenantScope) -> None:
        self._intents.remove_where(lambda key: key[0] == scope.tenant_uid)


class InMemoryDutyRoster(DutyRoster):
    """Leases of duties: the expiry of each."""

    def __init__(self, memory: Memory) -> None:
        self._duties = memory.duties

    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        if self._duties.get(duty, now) > now:
            return False
        self._duties[duty] = until
        return True


class InMemoryIdempotencyStore(IdempotencyStore):
    """Records by key in the tenant's container."""

    def __init__(self, memory: Memory, holders: Holders) -> None:
        self._memory = memory
        self._holders = holders

    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        scope.require_own(record.tenant_uid, "idempotency")
        records = self._memory.container(scope).idempotency
        known = records.get(record.key)
        if known is not None:
            scope.require_own(known.tenant_uid, "idempotency")
            if known.stands(now, self._holders.is_dead):
                return known
        records.put(record.key, record)
        return None

    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:
        scope.require_own(record.tenant_uid, "idempotency")
        self._memory.container(scope).idempotency.put(record.key, record)

    async def release(self, scope: TenantScope, key: str) -> None:
        self._memory.container(scope).idempotency.remove(key)

    async def purge(self, scope: TenantScope, *, now: datetime) -> int:
        records = self._memory.container(scope).idempotency
        expired = {record.key for record in records if record.expires_at <= now}
        return records.remove_where(lambda key: key in expired)

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            container.idempotency.remove_where(lambda _: True)
