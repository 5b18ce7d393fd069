"""The fair order of the queue: round robin between tenants, shortest first with ageing within one.

The tenant with the fewest running jobs is next, then the one served least recently, then the one
whose first job ranks first. Every lease counts as service, however the attempt ends. A process
starts as many jobs of each size class as it has places for, so that no large job keeps a small one
from starting; `domain.fair_turns` shares the process's time among the jobs that it has started.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest

from msgspec import Struct

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace

NEVER = datetime.min.replace(tzinfo=UTC)
MEBIBYTE = 1 << 20
LARGEST_IN_CLASS = (2 << 10, 32 << 10, 512 << 10, 8 << 20)  # bytes; the last class has no bound
SIZE_CLASSES = range(len(LARGEST_IN_CLASS) + 1)
PATIENCE = timedelta(minutes=1)  # for each MiB


def size_class(size: int) -> int:
    """Return the size class of a job by the bytes of its original, 0 for the smallest."""
    return bisect_left(LARGEST_IN_CLASS, size)


def ranked_at(job: Job) -> datetime:
    """Return the time that ranks a job among its tenant's: its creation, plus 1 min per MiB.

    Shortest first with ageing: a smaller job passes a larger one only within that time.
    """
    return job.created_at + PATIENCE * (job.size / MEBIBYTE)


class Waiting(Struct, frozen=True):
    """A waiting job's sort keys; `sequence` numbers jobs in the order of addition."""

    ranked_at: datetime
    sequence: int
    tenant_uid: TenantUid
    not_before: datetime | None = None

    @property
    def rank(self) -> tuple[datetime, int]:
        """The key that sorts a tenant's jobs."""
        return (self.ranked_at, self.sequence)


class Room(Struct, frozen=True, kw_only=True):
    """The jobs that a process may start: none of a `full` size class, or of a `used` share.

    A share is a tenant's places of one size class.
    """

    full: frozenset[int] = frozenset()
    used: frozenset[tuple[TenantUid, int]] = frozenset()

    def admits(self, tenant_uid: TenantUid, size: int) -> bool:
        """Return whether a job of a tenant, of `size` bytes, may be started."""
        group = size_class(size)
        return group not in self.full and (tenant_uid, group) not in self.used

    def without(self, tenant_uids: Iterable[TenantUid]) -> Room:
        """Return the room that excludes all jobs of some tenants."""
        excluded = {(uid, group) for uid in tenant_uids for group in SIZE_CLASSES}
        return Room(full=self.full, used=self.used | excluded)


UNLIMITED = Room()


def room_beside(started: Iterable[Job], slots: int) -> Room:
    """Return the room that a process with `slots` has beside the jobs it has started.

    Of each size class it starts `slots` jobs of a tenant, and one more of another: the last place
    is never taken by the tenant that has the others.
    """
    places = Counter((job.tenant_uid, size_class(job.size)) for job in started)
    in_class: Counter[int] = Counter()
    for (_, group), count in places.items():
        in_class[group] += count
    return Room(
        full=frozenset(group for group, count in in_class.items() if count > slots),
        used=frozenset(share for share, count in places.items() if count >= slots),
    )


class Served(Struct, frozen=True):
    """The service a tenant has received: its running jobs, and the time of its last lease."""

    running: int = 0
    last: datetime | None = None


class Backlog(Struct, frozen=True, kw_only=True):
    """The queue of all tenants: its jobs by status, and when the oldest waiting one was added."""

    queued: int = 0
    running: int = 0
    oldest: datetime | None = None


def served_by_tenant(
    jobs: Iterable[Job], now: datetime, dead_holders: frozenset[str]
) -> dict[TenantUid, Served]:
    """Return the service that these jobs' tenants received; a lost lease is not a running job."""
    served: dict[TenantUid, Served] = {}
    for job in jobs:
        had = served.get(job.tenant_uid, Served())
        in_hand = job.status is JobStatus.RUNNING and not job.takeable(now, dead_holders)
        last = max(had.last or NEVER, job.leased_at or NEVER)
        served[job.tenant_uid] = Served(had.running + in_hand, None if last == NEVER else last)
    return served


def in_order(waiting: Iterable[Waiting], served: Mapping[TenantUid, Served]) -> Sequence[Waiting]:
    """Return jobs in the order in which they will be leased if no others arrive."""
    lines: dict[TenantUid, list[Waiting]] = {}
    for job in sorted(waiting, key=lambda job: job.rank):
        lines.setdefault(job.tenant_uid, []).append(job)

    def turn(line: Sequence[Waiting]) -> tuple[int, datetime, tuple[datetime, int]]:
        had = served.get(line[0].tenant_uid, Served())
        return (had.running, had.last or NEVER, line[0].rank)

    rounds = zip_longest(*sorted(lines.values(), key=turn))
    return [job for each in rounds for job in each if job is not None]


def place_of(
    job: Waiting, waiting: Iterable[Waiting], served: Mapping[TenantUid, Served], now: datetime
) -> QueuePlace:
    """Return a job's place among all waiting jobs, itself included; delayed jobs come last."""
    everyone = list(waiting)
    if _delayed(job, now):
        return _place_of_delayed(job, everyone, now)
    due = in_order((other for other in everyone if not _delayed(other, now)), served)
    position = next(i for i, other in enumerate(due) if _same(other, job))
    running = served.get(job.tenant_uid, Served()).running
    return QueuePlace(position=position, reason=_reason(job, due[:position], running))


def _place_of_delayed(job: Waiting, everyone: Sequence[Waiting], now: datetime) -> QueuePlace:
    until = job.not_before or now
    earlier = sum(
        not _same(other, job)
        and (not _delayed(other, now) or (other.not_before or now, other.rank) < (until, job.rank))
        for other in everyone
    )
    time = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return QueuePlace(position=earlier, reason=f"retrying after {time}")


def _delayed(job: Waiting, now: datetime) -> bool:
    return job.not_before is not None and job.not_before > now


def _same(one: Waiting, other: Waiting) -> bool:
    return one.sequence == other.sequence


def _reason(job: Waiting, before: Sequence[Waiting], running: int) -> str:
    own = sum(other.tenant_uid == job.tenant_uid for other in before)
    if before:
        whose = f", {own} of the same client" if own else ""
        return f"waiting for {_jobs(len(before))} before it{whose}"
    beside = f", beside {_jobs(running, 'running ')} of the same client" if running else ""
    return f"next in the queue{beside}"


def _jobs(count: int, kind: str = "") -> str:
    return f"{count} {kind}job{'s' if count > 1 else ''}"
