"""The due list: a note of every open job, in one partition that all clients share.

No batch spans two partitions, so a note is written before its job is opened, and removed after its
job is finished. The list may lag behind the jobs, but it never lacks an open one for longer than
`GRACE` allows a write to take: whoever looks checks the job itself, and corrects the note.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from msgspec import Struct, structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.partitions import OwnedItems
from ragtenancy.adapters.cosmos.tenant_state import DUE, SHARED_CONTAINER
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    RagTenancyError,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.ids import JobId, Namespace, TenantId, TenantUid
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.queueing import Waiting, ranked_at
from ragtenancy.domain.tenants import TenantScope

log = structlog.get_logger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_LOGGED = 1_000
GRACE = timedelta(hours=1)
SOONEST = timedelta(seconds=1)


class Note(Struct, frozen=True, kw_only=True):
    """An open job as it was at `noted_at`; it need not be looked at before `due_at`.

    `holder` is None for a queued job.
    """

    job_id: JobId
    tenant_id: TenantId
    tenant_uid: TenantUid
    created_at: datetime
    ranked_at: datetime | None = None
    size: int = 0
    due_at: datetime | None = None
    holder: str | None = None
    noted_at: datetime

    @property
    def scope(self) -> TenantScope:
        """The job's tenant; its namespace is unknown here."""
        return TenantScope(
            tenant_id=self.tenant_id,
            tenant_uid=self.tenant_uid,
            namespace=Namespace(self.tenant_id),
        )

    def is_due(self, now: datetime, dead_holders: frozenset[str]) -> bool:
        """Return whether a worker may lease the job, if it is still as noted."""
        return self.due_at is None or self.due_at <= now or self.holder in dead_holders

    def runs(self, now: datetime, dead_holders: frozenset[str]) -> bool:
        """Return whether a worker holds the job."""
        return self.holder is not None and not self.is_due(now, dead_holders)

    def waits(self, now: datetime, dead_holders: frozenset[str]) -> bool:
        """Return whether the job is in the queue, due or delayed."""
        return not self.runs(now, dead_holders)

    def is_queued(self, scope: TenantScope, job_id: JobId) -> bool:
        """Return whether it is the note of that job, and says that it is queued."""
        own = (self.tenant_uid, self.job_id) == (scope.tenant_uid, job_id)
        return own and self.holder is None

    def waiting(self, sequence: int) -> Waiting:
        """Return the job's place in the fair order; a lost lease delays nothing."""
        delayed_until = self.due_at if self.holder is None else None
        rank = self.ranked_at or self.created_at  # an earlier version noted no rank
        return Waiting(rank, sequence, self.tenant_uid, delayed_until)


class Noted(Struct, frozen=True):
    """A note with the item that contains it."""

    item: Item
    note: Note


class DueList:
    """Notes by job; those of unfinished writes are removed once they are older than `GRACE`."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._notes = OwnedItems(cosmos, SHARED_CONTAINER, "due", Note, shared=DUE)
        self._told: set[str] = set()

    async def add(self, job: Job, sequence: int) -> None:
        """Note a new job, before it is written; a note of that id stays as it is."""
        with suppress(AlreadyExistsError):
            await self._notes.items.create(DUE, self._item(_note(job), sequence))

    async def put(self, job: Job, sequence: int) -> None:
        """Note an open job as it is now."""
        await self._notes.items.upsert(DUE, self._item(_note(job), sequence))

    async def follow(self, job: Job, sequence: int) -> None:
        """Note a job that has been written; if that fails, the next look corrects the note."""
        try:
            await self.put(job, sequence)
        except RagTenancyError as error:
            log.warning("job_not_noted", job_id=job.job_id, code=error.reason)

    async def find(self, scope: TenantScope, job_id: JobId) -> Item | None:
        """Return the item of a job's note."""
        return await self._notes.read(scope, job_id)

    async def remove(self, scope: TenantScope, item: Item | None) -> None:
        """Remove a finished job's note as read, unless the job has been opened again since."""
        if item is None:
            return
        try:
            await self._notes.delete_version(scope, item)
        except StaleWriteError:
            return
        except RagTenancyError as error:
            log.warning("note_not_removed", item_id=item["id"], code=error.reason)

    async def correct(self, noted: Noted, job: Job | None, now: datetime) -> Noted | None:
        """Correct a note that its job contradicts; return it, None if there is no open job.

        The write of a job that is missing or finished may be under way: its note is due again
        after as long as it has existed, and removed in the end.
        """
        old = noted.note
        if job is not None and not job.finished:
            return await self._replaced(noted, _note(job))
        age = now - old.noted_at
        if age >= GRACE:
            await self.remove(old.scope, noted.item)
        else:
            due_at = now + max(age, SOONEST)
            await self._replaced(noted, structs.replace(old, due_at=due_at, holder=None))
        return None

    async def look(self, now: datetime) -> list[Noted]:
        """Return the jobs that are due or leased, in the order in which they were added."""
        return await self._read("(c.due <= @now OR c.is_leased = true)", now=microseconds(now))

    async def everything(self) -> list[Noted]:
        """Return every open job, in the order in which they were added."""
        return await self._read("c.due >= 0")

    async def drop(self, scope: TenantScope) -> None:
        """Remove a tenant's notes."""
        await self._notes.remove(scope)

    async def _replaced(self, noted: Noted, note: Note) -> Noted:
        """Replace a note as read; a newer one stays."""
        with suppress(StaleWriteError):
            await self._notes.replace(note.scope, noted.item, note, **_fields(note))
        return Noted(noted.item, note)

    async def _read(self, where: str, **values: object) -> list[Noted]:
        items = await self._notes.items.query(DUE, "*", where, values)
        return sorted(
            self._sound(items), key=lambda noted: (noted.item["sequence"], noted.item["id"])
        )

    def _sound(self, items: Iterable[Item]) -> Iterable[Noted]:
        """Yield notes; a damaged one is logged once, and keeps nobody waiting."""
        for item in items:
            try:
                note = self._notes.decoded(item)
            except UnavailableError:
                note = None
            if note is not None and item["id"] == self._notes.id_of(note.scope, note.job_id):
                yield Noted(item, note)
            elif item["id"] not in self._told and len(self._told) < MAX_LOGGED:
                self._told.add(item["id"])
                log.error("note_left_out", item_id=item["id"])

    def _item(self, note: Note, sequence: int) -> Item:
        return self._notes.item(note.scope, note.job_id, note, sequence=sequence, **_fields(note))


def _note(job: Job) -> Note:
    lease = job.lease
    return Note(
        job_id=job.job_id,
        tenant_id=job.tenant_id,
        tenant_uid=job.tenant_uid,
        created_at=job.created_at,
        ranked_at=ranked_at(job),
        size=job.size,
        due_at=lease.expires_at if lease else job.not_before,
        holder=lease.holder if lease else None,
        noted_at=job.updated_at,
    )


def _fields(note: Note) -> Item:
    """Return what a look asks for."""
    due = microseconds(note.due_at or EPOCH)
    return {"due": due, "is_leased": note.holder is not None}


def microseconds(time: datetime) -> int:
    """Return a time as microseconds since 1970."""
    return (time - EPOCH) // timedelta(microseconds=1)
