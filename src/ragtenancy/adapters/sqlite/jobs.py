"""The queue in the control file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import apsw
import structlog
from msgspec import MsgspecError, structs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.schema import EPOCH, MICROSECOND, microseconds, microseconds_or_none
from ragtenancy.domain.errors import AlreadyExistsError, IsolationBreach, StaleWriteError
from ragtenancy.domain.ids import JobId, TenantUid
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import (
    SIZE_CLASSES,
    UNLIMITED,
    Backlog,
    Room,
    Served,
    Waiting,
    place_of,
    ranked_at,
    size_class,
)
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.jobs import Holders, JobRepository

log = structlog.get_logger(__name__)

CODEC = RecordCodec(Job)


def columns(job: Job) -> Mapping[str, str | int | bytes | None]:
    """Return the row by column name."""
    return {
        "tenant_uid": job.tenant_uid,
        "job_id": job.job_id,
        "status": str(job.status),
        "created_at": microseconds(job.created_at),
        "size_class": size_class(job.size),
        "ranked_at": microseconds(ranked_at(job)),
        "not_before": microseconds_or_none(job.not_before),
        "holder": job.lease.holder if job.lease else None,
        "lease_until": microseconds_or_none(job.lease.expires_at) if job.lease else None,
        "leased_at": microseconds_or_none(job.leased_at),
        "version": job.version,
        "body": CODEC.encode(job),
    }


def own(scope: TenantScope, body: bytes) -> Job:
    """Return the job of a row. Raises `IsolationBreach` for another tenant's."""
    job = CODEC.decode(body)
    scope.require_own(job.tenant_uid, "jobs")
    return job


IsDead = Callable[[str], bool]

LOST = """
    (lease_until IS NULL OR lease_until <= :now OR holder IN (SELECT value FROM json_each(:dead)))
"""
ADMITTED = """
    size_class NOT IN (SELECT value FROM json_each(:full))
    AND (tenant_uid || ' ' || size_class) NOT IN (SELECT value FROM json_each(:used))
"""
TAKEABLE = f"""
    SELECT sequence FROM jobs INDEXED BY jobs_queued
    WHERE status = 'queued' AND (not_before IS NULL OR not_before <= :now) AND {ADMITTED}
    UNION ALL
    SELECT sequence FROM jobs INDEXED BY jobs_running
    WHERE status = 'running' AND {LOST} AND {ADMITTED}
"""  # noqa: S608 - no value is put into it
LAST = """
    (SELECT max(leased_at) FROM jobs AS leased INDEXED BY jobs_leased
        WHERE leased.tenant_uid = jobs.tenant_uid AND leased_at IS NOT NULL)
"""
# Only each tenant's first job of a size: the index steps grow with waiting tenants, not with jobs.
NEXT = f"""
    WITH RECURSIVE lines(uid) AS (
        SELECT min(tenant_uid) FROM jobs INDEXED BY jobs_queued WHERE status = 'queued'
        UNION ALL
        SELECT (SELECT min(tenant_uid) FROM jobs INDEXED BY jobs_queued
            WHERE status = 'queued' AND tenant_uid > uid) FROM lines WHERE uid IS NOT NULL
    ), shares(tenant_uid, size_class) AS (
        SELECT uid, sizes.value FROM lines CROSS JOIN json_each(:sizes) AS sizes
        WHERE uid IS NOT NULL
    ), heads(sequence) AS (
        SELECT (SELECT sequence FROM jobs INDEXED BY jobs_queued
            WHERE status = 'queued' AND jobs.tenant_uid = shares.tenant_uid
                AND jobs.size_class = shares.size_class
                AND (not_before IS NULL OR not_before <= :now)
            ORDER BY ranked_at, sequence LIMIT 1) FROM shares WHERE {ADMITTED}
        UNION ALL
        SELECT sequence FROM jobs INDEXED BY jobs_running
        WHERE status = 'running' AND {LOST} AND {ADMITTED}
    ), held AS (
        SELECT tenant_uid, count(*) AS running FROM jobs INDEXED BY jobs_running
        WHERE status = 'running' AND NOT {LOST} GROUP BY tenant_uid
    )
    SELECT sequence FROM heads JOIN jobs USING (sequence) LEFT JOIN held USING (tenant_uid)
    ORDER BY coalesce(held.running, 0), {LAST}, ranked_at, sequence LIMIT 1
"""  # noqa: S608 - no value is put into it
WAITING = f"""
    SELECT sequence, tenant_uid, ranked_at, not_before FROM jobs INDEXED BY jobs_queued
    WHERE status = 'queued'
    UNION ALL
    SELECT sequence, tenant_uid, ranked_at, NULL FROM jobs INDEXED BY jobs_running
    WHERE status = 'running' AND {LOST}
"""  # noqa: S608 - no value is put into it
RUNNING = f"""
    SELECT tenant_uid, count(*) FROM jobs INDEXED BY jobs_running
    WHERE status = 'running' AND NOT {LOST} GROUP BY tenant_uid
"""  # noqa: S608 - no value is put into it
QUEUED = """
    SELECT count(*), min(created_at) FROM jobs INDEXED BY jobs_queued WHERE status = 'queued'
"""
HELD = "SELECT count(*) FROM jobs INDEXED BY jobs_running WHERE status = 'running'"
WRITE = """
    UPDATE jobs SET status = :status, not_before = :not_before, holder = :holder,
        lease_until = :lease_until, leased_at = :leased_at, version = :version, body = :body
    WHERE tenant_uid = :tenant_uid AND job_id = :job_id AND version = :version - 1
"""


def write(db: apsw.Connection, row: Mapping[str, str | int | bytes | None]) -> bool:
    """Replace the previous version of a row; return whether it existed."""
    db.execute(WRITE, row)
    return bool(db.changes())


def anything_due(db: apsw.Connection, now: datetime, is_dead: IsDead, room: Room) -> bool:
    """Return whether any job can be leased."""
    values = _values(db, now, is_dead) | _admitting(room)
    return bool(db.execute(f"SELECT EXISTS ({TAKEABLE})", values).get)


def backlog(db: apsw.Connection) -> Backlog:
    """Return the size and age of the queue."""
    queued, oldest = next(db.execute(QUEUED))
    return Backlog(
        queued=queued,
        running=db.execute(HELD).get,
        oldest=None if oldest is None else EPOCH + oldest * MICROSECOND,
    )


def lease(
    db: apsw.Connection, holder: str, now: datetime, is_dead: IsDead, room: Room
) -> Job | None:
    """Lease the next due job that the room admits."""
    sequence = db.execute(NEXT, _values(db, now, is_dead) | _admitting(room)).get
    if sequence is None:
        return None
    query = "SELECT tenant_uid, body FROM jobs WHERE sequence = ?"
    [(uid, body)] = db.execute(query, (sequence,))
    job = CODEC.decode(body)
    if job.tenant_uid != uid:
        raise IsolationBreach("jobs")
    leased = job.leased(holder, now)
    leased = structs.replace(leased, version=job.version + 1)
    write(db, columns(leased))
    return leased


def place(
    db: apsw.Connection, uid: TenantUid, job_id: JobId, now: datetime, is_dead: IsDead
) -> QueuePlace | None:
    """Return the place of a queued job."""
    query = "SELECT sequence FROM jobs WHERE tenant_uid = ? AND job_id = ? AND status = 'queued'"
    sequence = db.execute(query, (uid, job_id)).get
    if sequence is None:
        return None
    values = _values(db, now, is_dead)
    waiting = {row[0]: _waiting(*row) for row in db.execute(WAITING, values)}
    running = dict(iter(db.execute(RUNNING, values)))
    tenants = {each.tenant_uid for each in waiting.values()}
    served = {tenant: Served(running.get(tenant, 0), _last(db, tenant)) for tenant in tenants}
    return place_of(waiting[sequence], waiting.values(), served, now)


def _last(db: apsw.Connection, uid: TenantUid) -> datetime | None:
    query = "SELECT max(leased_at) FROM jobs WHERE tenant_uid = ? AND leased_at IS NOT NULL"
    return _time(db.execute(query, (uid,)).get)


def _time(number: int | None) -> datetime | None:
    return None if number is None else EPOCH + number * MICROSECOND


def _waiting(sequence: int, uid: str, ranked_at: int, not_before: int | None) -> Waiting:
    """Return a job's sort keys, all from the covering index."""
    rank = EPOCH + ranked_at * MICROSECOND
    return Waiting(rank, sequence, TenantUid(uid), _time(not_before))


def _values(db: apsw.Connection, now: datetime, is_dead: IsDead) -> dict[str, int | str]:
    return {"now": microseconds(now), "dead": json.dumps(_dead_holders(db, is_dead))}


def _admitting(room: Room) -> dict[str, int | str]:
    return {
        "sizes": json.dumps(list(SIZE_CLASSES)),
        "full": json.dumps(list(room.full)),
        "used": json.dumps([f"{uid} {size}" for uid, size in room.used]),
    }


def _dead_holders(db: apsw.Connection, is_dead: IsDead) -> list[str]:
    query = "SELECT DISTINCT holder FROM jobs INDEXED BY jobs_running WHERE status = 'running' AND holder IS NOT NULL"
    return [holder for (holder,) in db.execute(query) if is_dead(holder)]


NEWEST = 2**62


def _end(sequence: int, uid: str, body: bytes) -> Job | None:
    """Return the job in a row of the outbox; log a row that is damaged or misfiled."""
    try:
        job = CODEC.decode(body)
    except MsgspecError:
        job = None
    if job is not None and job.tenant_uid == uid:
        return job
    why = "unreadable" if job is None else "misfiled"
    log.error("job_end_left_out", item_id=sequence, why=why)
    return None


class SqliteJobRepository(JobRepository):
    """Table `jobs`, whose trigger fills the outbox, `job_ends`."""

    def __init__(self, control: ControlFile, holders: Holders) -> None:
        self._control = control
        self._holders = holders

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        body = await self._control.read(
            lambda db: (
                db.execute(
                    "SELECT body FROM jobs WHERE tenant_uid = ? AND job_id = ?",
                    (scope.tenant_uid, job_id),
                ).get
            )
        )
        return None if body is None else own(scope, body)

    async def add(self, scope: TenantScope, job: Job) -> None:
        scope.require_own(job.tenant_uid, "jobs")
        row = columns(job)

        def work(db: apsw.Connection) -> None:
            try:
                db.execute(
                    "INSERT INTO jobs (tenant_uid, job_id, status, created_at, size_class,"
                    " ranked_at, not_before, holder, lease_until, leased_at, version, body)"
                    " VALUES (:tenant_uid, :job_id, :status, :created_at, :size_class, :ranked_at,"
                    " :not_before, :holder, :lease_until, :leased_at, :version, :body)",
                    row,
                )
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The job already exists.") from error

        await self._control.write(work)

    async def save(self, scope: TenantScope, job: Job) -> Job:
        scope.require_own(job.tenant_uid, "jobs")
        saved = structs.replace(job, version=job.version + 1)
        row = columns(saved)

        def work(db: apsw.Connection) -> None:
            if not write(db, row):
                raise StaleWriteError("The job changed since it was read.")

        await self._control.write(work, makes_room=saved.finished)
        return saved

    async def outbox(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Job]:
        start = 0 if after is None else cursor_position(after)
        query = (
            "SELECT sequence, tenant_uid, body FROM job_ends WHERE sequence > ?"
            " ORDER BY sequence LIMIT ?"
        )
        rows = await self._control.read(lambda db: list(db.execute(query, (start, limit + 1))))
        page = cut(rows, limit, lambda row: position_cursor(row[0]))
        ends = [_end(sequence, uid, body) for sequence, uid, body in page.items]
        return Page(items=tuple(filter(None, ends)), next=page.next)

    async def clear_outbox(self, ends: Sequence[Job]) -> None:
        query = "DELETE FROM job_ends WHERE tenant_uid = ? AND job_id = ? AND version = ?"
        keys = [(job.tenant_uid, job.job_id, job.version) for job in ends]
        await self._control.write(lambda db: db.executemany(query, keys).get, durable=False)

    async def take(self, holder: str, now: datetime, room: Room = UNLIMITED) -> Job | None:
        """Lease a job, looking first without a write lock: an idle worker blocks nobody."""
        is_dead = self._holders.is_dead
        if not await self._control.read(lambda db: anything_due(db, now, is_dead, room)):
            return None
        return await self._control.write(lambda db: lease(db, holder, now, is_dead, room))

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        is_dead = self._holders.is_dead
        return await self._control.read(
            lambda db: place(db, scope.tenant_uid, job_id, now, is_dead)
        )

    async def count_pending(self, scope: TenantScope) -> int:
        query = "SELECT count(*) FROM jobs WHERE tenant_uid = ? AND status IN ('queued', 'running')"
        return await self._control.read_kept(
            (query, scope.tenant_uid), lambda db: int(db.execute(query, (scope.tenant_uid,)).get)
        )

    async def backlog(self) -> Backlog:
        return await self._control.read(backlog)

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        conditions = {"tenant_uid": scope.tenant_uid, "status": status}
        page = await self._page(conditions, after, limit)
        for job in page.items:
            scope.require_own(job.tenant_uid, "jobs")
        return page

    async def page_all(
        self,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        return await self._page({"status": status}, after, limit)

    async def drop(self, scope: TenantScope) -> int:
        def work(db: apsw.Connection) -> int:
            db.execute("DELETE FROM job_ends WHERE tenant_uid = ?", (scope.tenant_uid,))
            db.execute("DELETE FROM jobs WHERE tenant_uid = ?", (scope.tenant_uid,))
            return db.changes()

        return await self._control.write(work, makes_room=True)

    async def _page(
        self, conditions: Mapping[str, str | None], after: Cursor | None, limit: int
    ) -> Page[Job]:
        start = NEWEST if after is None else cursor_position(after)
        chosen = {name: value for name, value in conditions.items() if value is not None}
        where = "".join(f" AND {name} = :{name}" for name in chosen)
        query = f"SELECT sequence, body FROM jobs WHERE sequence < :start{where}"  # noqa: S608 - names of ours
        query += " ORDER BY sequence DESC LIMIT :count"

        def work(db: apsw.Connection) -> Page[Job]:
            rows = list(db.execute(query, {**chosen, "start": start, "count": limit + 1}))
            page = cut(rows, limit, lambda row: position_cursor(row[0]))
            return Page(items=tuple(CODEC.decode(body) for _, body in page.items), next=page.next)

        return await self._control.read(work)
