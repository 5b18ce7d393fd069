"""The fair order of the queue: round robin between tenants, oldest first within one.

The tenant with the fewest running jobs is next, then the one served least recently, then the one
with the oldest job. Every lease counts as service, however the attempt ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from msgspec import Struct

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace

NEVER = datetime.min.replace(tzinfo=UTC)


class Waiting(Struct, frozen=True):
    """A waiting job's sort keys; `sequence` numbers jobs in the order of addition."""

    created_at: datetime
    sequence: int
    tenant_uid: TenantUid
    not_before: datetime | None = None

    @property
    def age(self) -> tuple[datetime, int]:
        """The key that sorts older jobs first."""
        return (self.created_at, self.sequence)


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
    for job in sorted(waiting, key=lambda job: job.age):
        lines.setdefault(job.tenant_uid, []).append(job)

    def turn(line: Sequence[Waiting]) -> tuple[int, datetime, tuple[datetime, int]]:
        had = served.get(line[0].tenant_uid, Served())
        return (had.running, had.last or NEVER, line[0].age)

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
    return QueuePlace(position=position, reason=_reason(position))


def _place_of_delayed(job: Waiting, everyone: Sequence[Waiting], now: datetime) -> QueuePlace:
    until = job.not_before or now
    earlier = sum(
        not _same(other, job)
        and (not _delayed(other, now) or (other.not_before or now, other.age) < (until, job.age))
        for other in everyone
    )
    time = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return QueuePlace(position=earlier, reason=f"retrying after {time}")


def _delayed(job: Waiting, now: datetime) -> bool:
    return job.not_before is not None and job.not_before > now


def _same(one: Waiting, other: Waiting) -> bool:
    return one.sequence == other.sequence


def _reason(earlier: int) -> str:
    if earlier == 0:
        return "next in the queue"
    return f"waiting for {earlier} earlier job{'s' if earlier > 1 else ''}"
