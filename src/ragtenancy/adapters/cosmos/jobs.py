"""The queue in Cosmos DB."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.due_list import EPOCH, DueList, Note, Noted, microseconds
from ragtenancy.adapters.cosmos.items import Item, next_sequence
from ragtenancy.adapters.cosmos.partitions import SEPARATOR, OwnedItems, creating, replacing
from ragtenancy.domain.errors import NotFoundError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import JobId, TenantId, TenantUid
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import UNLIMITED, Backlog, Room, Served, in_order, place_of
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.jobs import Holders, JobRepository

log = structlog.get_logger(__name__)

MAX_LOGGED = 1_000


class SoundJobs:
    """Reads items across tenants; each invalid one is skipped and logged once.

    `id_of` returns the id that a job's item must have.
    """

    def __init__(self, jobs: OwnedItems[Job], id_of: Callable[[Job], str]) -> None:
        self._jobs = jobs
        self._id_of = id_of
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
        if self._is_of(item, job):
            return job
        self._tell(item, "misfiled")
        return None

    def _is_of(self, item: Item, job: Job) -> bool:
        """Return whether an item is stored in its job's place, with a position in the queue."""
        return (
            item.get("client_id") == job.tenant_id
            and item.get("tenant_uid") == job.tenant_uid
            and item["id"] == self._id_of(job)
            and isinstance(item.get("sequence"), int | float)
        )

    def _tell(self, item: Item, why: str) -> None:
        if item["id"] in self._told or len(self._told) == MAX_LOGGED:
            return
        self._told.add(item["id"])
        log.error("job_left_out", item_id=item["id"], why=why)


def _job_id(job: Job) -> str:
    return SEPARATOR.join((job.tenant_uid, "job", job.job_id))


def _end_id(job: Job) -> str:
    return SEPARATOR.join((job.tenant_uid, END, job.job_id, str(job.version)))


END = "end"
NOT_LISTED = 0  # a job's own item has a higher `sequence`
OPEN = "c.is_open = true"
NEWEST_FIRST = "ORDER BY c.sequence DESC"


class CosmosJobRepository(JobRepository):
    """Jobs in their clients' partitions; `take` and `place` find them by the due list.

    If several clients wait, each one's partition holds the time of its last service.
    """

    def __init__(self, cosmos: Cosmos, holders: Holders) -> None:
        self._jobs = OwnedItems(cosmos, "jobs", "job", Job)
        self._ends = OwnedItems(cosmos, "jobs", END, Job)
        self._due = DueList(cosmos)
        self._sound = SoundJobs(self._jobs, _job_id)
        self._sound_ends = SoundJobs(self._ends, _end_id)
        self._holders = holders

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        return await self._jobs.get(scope, job_id)

    async def add(self, scope: TenantScope, job: Job) -> None:
        scope.require_own(job.tenant_uid, "jobs")
        item = self._jobs.item(scope, job.job_id, job, **_fields(job))
        if not job.finished:
            await self._due.add(job, item["sequence"])
        await self._jobs.items.create(scope.tenant_id, item)

    async def save(self, scope: TenantScope, job: Job) -> Job:
        scope.require_own(job.tenant_uid, "jobs")
        item = await self._jobs.read(scope, job.job_id)
        before = None if item is None else self._jobs.record_of(scope, item)
        if item is None or before is None or before.version != job.version:
            raise StaleWriteError("The job changed since it was read.")
        if job.finished:
            noted = None if before.finished else await self._due.find(scope, job.job_id)
            saved = await self._written(item, job, ends=not before.finished)
            await self._due.remove(scope, noted)
            return saved
        if before.finished:
            await self._due.put(job, item["sequence"])
        saved = await self._written(item, job)
        if _moves(before, job):
            await self._due.follow(saved, item["sequence"])
        return saved

    async def outbox(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Job]:
        start = 0 if after is None else cursor_position(after)
        found = await self._ends.items.query_everywhere(
            f"TOP {limit + 1} *", "c.ended > @start ORDER BY c.ended", {"start": start}
        )
        listed = cut(found, limit, lambda item: position_cursor(item["ended"]))
        return Page(items=tuple(job for _, job in self._sound_ends(listed.items)), next=listed.next)

    async def clear_outbox(self, ends: Sequence[Job]) -> None:
        for job in ends:
            await self._ends.items.delete(job.tenant_id, _end_id(job))

    async def take(self, holder: str, now: datetime, room: Room = UNLIMITED) -> Job | None:
        listed = dict(enumerate(await self._due.look(now)))
        dead = self._dead_holders(listed.values())
        due = {
            n: each.note
            for n, each in listed.items()
            if each.note.is_due(now, dead) and room.admits(each.note.tenant_uid, each.note.size)
        }
        last = await self._last_served(due.values())
        while due:
            served = _served(listed.values(), last, now, dead)
            first = in_order([note.waiting(n) for n, note in due.items()], served)[0].sequence
            del due[first]
            noted = listed.pop(first)
            item, job = await self._found(noted.note)
            if job is not None and job.takeable(now, dead):
                try:
                    return await self._leased(item, job, holder, now)
                except StaleWriteError:
                    continue  # another worker wrote first
            if (corrected := await self._due.correct(noted, job, now)) is not None:
                listed[first] = corrected
        return None

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        listed = await self._due.everything()
        dead = self._dead_holders(listed)
        notes = {n: each.note for n, each in enumerate(listed) if each.note.waits(now, dead)}
        own = next((n for n, note in notes.items() if note.is_queued(scope, job_id)), None)
        if own is None:
            return None
        served = _served(listed, await self._last_served(notes.values()), now, dead)
        waiting = {n: note.waiting(n) for n, note in notes.items()}
        return place_of(waiting[own], waiting.values(), served, now)

    async def count_pending(self, scope: TenantScope) -> int:
        return await self._jobs.count(scope, OPEN)

    async def backlog(self) -> Backlog:
        notes = [each.note for each in await self._due.everything()]
        waiting = [note.created_at for note in notes if note.holder is None]
        return Backlog(
            queued=len(waiting),
            running=len(notes) - len(waiting),
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

    async def relist(self) -> Sequence[Job]:
        """Note the open jobs that the due list lacks, by a query of all partitions."""
        noted = {(each.note.tenant_uid, each.note.job_id) for each in await self._due.everything()}
        found = self._sound(await self._jobs.items.query_everywhere("*", OPEN))
        lacking = [each for each in found if (each[1].tenant_uid, each[1].job_id) not in noted]
        for item, job in lacking:
            await self._due.add(job, item["sequence"])
        return [job for _, job in lacking]

    async def drop(self, scope: TenantScope) -> int:
        await self._ends.remove(scope)
        removed = await self._jobs.remove(scope)
        await self._due.drop(scope)
        return removed

    async def _found(self, note: Note) -> tuple[Item, Job | None]:
        """Return the item and the job of a note; no job if it is missing or damaged."""
        item_id = self._jobs.id_of(note.scope, note.job_id)
        item = await self._jobs.items.read(note.tenant_id, item_id)
        found = self._sound([item] if item else [])
        return found[0] if found else ({}, None)

    async def _leased(self, item: Item, job: Job, holder: str, now: datetime) -> Job:
        leased = await self._written(item, job.leased(holder, now))
        await self._due.follow(leased, item["sequence"])
        return leased

    async def _last_served(self, waiting: Iterable[Note]) -> Mapping[TenantUid, datetime | None]:
        """Return when each waiting tenant was last served; nothing is read for a single one."""
        clients = {note.tenant_uid: note.tenant_id for note in waiting}
        if len(clients) < 2:
            return {}
        asked = (self._last(uid, client) for uid, client in clients.items())
        return dict(zip(clients, await asyncio.gather(*asked), strict=True))

    async def _last(self, uid: TenantUid, client: TenantId) -> datetime | None:
        """Return when a tenant got its latest lease, from its own partition."""
        found = await self._jobs.items.query(
            client,
            "TOP 1 VALUE c.leased",
            "c.tenant_uid = @uid AND c.leased > 0 ORDER BY c.leased DESC",
            {"uid": uid},
        )
        return EPOCH + timedelta(microseconds=found[0]) if found else None

    def _dead_holders(self, listed: Iterable[Noted]) -> frozenset[str]:
        holders = {each.note.holder for each in listed if each.note.holder}
        return frozenset(holder for holder in holders if self._holders.is_dead(holder))

    async def _written(self, item: Item, job: Job, *, ends: bool = False) -> Job:
        """Replace a job's item; if the job ends, add it to the outbox in the same batch."""
        written = structs.replace(job, version=job.version + 1)
        changed = self._jobs.changed(item, written, **_fields(written))
        if not ends:
            await self._jobs.items.replace(item["client_id"], changed, item["_etag"])
            return written
        place = {"id": _end_id(written), "of": f"{written.tenant_uid}{SEPARATOR}{END}"}
        end = {**changed, **place, "sequence": NOT_LISTED, "ended": next_sequence()}
        operations = [replacing(changed), *creating([end])]
        try:
            await self._jobs.items.batch(item["client_id"], operations)
        except NotFoundError as error:
            raise StaleWriteError("The record no longer exists.") from error
        return written


def _fields(job: Job) -> Mapping[str, object]:
    """Return what queries ask for."""
    leased = microseconds(job.leased_at or EPOCH)
    return {"status": str(job.status), "is_open": not job.finished, "leased": leased}


def _older(status: JobStatus | None, after: Cursor | None) -> tuple[str, Mapping[str, object]]:
    """Return a page's condition and its values."""
    before = {} if after is None else {"before": cursor_position(after)}
    wanted = {} if status is None else {"status": str(status)}
    older = "c.sequence < @before" if before else "c.sequence > 0"
    return f"{older} AND c.status = @status" if wanted else older, {**before, **wanted}


def _moves(before: Job, after: Job) -> bool:
    """Return whether a job's place in the queue changes; a renewed lease only keeps it."""
    places = [
        (job.status, job.not_before, job.lease and job.lease.holder) for job in (before, after)
    ]
    return places[0] != places[1]


def _served(
    listed: Iterable[Noted],
    last: Mapping[TenantUid, datetime | None],
    now: datetime,
    dead: frozenset[str],
) -> Mapping[TenantUid, Served]:
    """Return the service that tenants received; a lost lease is not a running job."""
    running = Counter(each.note.tenant_uid for each in listed if each.note.runs(now, dead))
    return {uid: Served(running[uid], last.get(uid)) for uid in {*running, *last}}
