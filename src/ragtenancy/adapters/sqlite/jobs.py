"""The queue in the control file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite import job_queue
from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.job_rows import CODEC, columns, own
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.jobs import JobRepository

NEWEST = 2**62


class SqliteJobRepository(JobRepository):
    """Table `jobs`."""

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
                    "INSERT INTO jobs (tenant_uid, job_id, status, created_at, not_before, holder,"
                    " lease_until, leased_at, version, body) VALUES (:tenant_uid, :job_id, :status,"
                    " :created_at, :not_before, :holder, :lease_until, :leased_at, :version,"
                    " :body)",
                    row,
                )
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The job exists already.") from error

        await self._control.write(work)

    async def save(self, scope: TenantScope, job: Job) -> Job:
        scope.require_own(job.tenant_uid, "jobs")
        saved = structs.replace(job, version=job.version + 1)
        row = columns(saved)

        def work(db: apsw.Connection) -> None:
            if not job_queue.write(db, row):
                raise StaleWriteError("The job changed since it was read.")

        await self._control.write(work)
        return saved

    async def take(self, holder: str, now: datetime) -> Job | None:
        """Look first without the right to write: an idle worker keeps nobody waiting."""
        is_dead = self._holders.is_dead
        if not await self._control.read(lambda db: job_queue.anything_due(db, now, is_dead)):
            return None
        return await self._control.write(lambda db: job_queue.lease(db, holder, now, is_dead))

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        is_dead = self._holders.is_dead
        return await self._control.read(
            lambda db: job_queue.place(db, scope.tenant_uid, job_id, now, is_dead)
        )

    async def count_pending(self, scope: TenantScope) -> int:
        return int(
            await self._control.read(
                lambda db: (
                    db.execute(
                        "SELECT count(*) FROM jobs"
                        " WHERE tenant_uid = ? AND status IN ('queued', 'running')",
                        (scope.tenant_uid,),
                    ).get
                )
            )
        )

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
            db.execute("DELETE FROM jobs WHERE tenant_uid = ?", (scope.tenant_uid,))
            return db.changes()

        return await self._control.write(work)

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
