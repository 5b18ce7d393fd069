"""The order of the queue: tenants with fewer running jobs first, then older jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.jobs import QueuePlace


class Waiting(Struct, frozen=True):
    """What the order depends on; `sequence` counts jobs as they were added."""

    created_at: datetime
    sequence: int
    tenant_uid: TenantUid
    not_before: datetime | None = None

    @property
    def age(self) -> tuple[datetime, int]:
        """What sorts older jobs first."""
        return (self.created_at, self.sequence)


def in_order(waiting: Iterable[Waiting], running: Mapping[TenantUid, int]) -> Sequence[Waiting]:
    """Return jobs as they will be taken if those in hand go on: each job taken counts too."""
    ahead = Counter(running)
    ranked = []
    for job in sorted(waiting, key=lambda job: job.age):
        ranked.append((ahead[job.tenant_uid], job.age, job))
        ahead[job.tenant_uid] += 1
    return [job for *_, job in sorted(ranked, key=lambda rank: rank[:2])]


def place_of(
    job: Waiting, waiting: Iterable[Waiting], running: Mapping[TenantUid, int], now: datetime
) -> QueuePlace:
    """Return the place of a job among all that wait (it included); delayed jobs come last."""
    everyone = list(waiting)
    if _delayed(job, now):
        return _place_of_delayed(job, everyone, now)
    due = in_order((other for other in everyone if not _delayed(other, now)), running)
    position = 1 + next(i for i, other in enumerate(due) if _same(other, job))
    return QueuePlace(position=position, reason=_reason(position))


def _place_of_delayed(job: Waiting, everyone: Sequence[Waiting], now: datetime) -> QueuePlace:
    until = job.not_before or now
    earlier = sum(
        not _same(other, job)
        and (not _delayed(other, now) or (other.not_before or now, other.age) < (until, job.age))
        for other in everyone
    )
    time = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return QueuePlace(position=earlier + 1, reason=f"retrying after {time}")


def _delayed(job: Waiting, now: datetime) -> bool:
    return job.not_before is not None and job.not_before > now


def _same(one: Waiting, other: Waiting) -> bool:
    return one.sequence == other.sequence


def _reason(position: int) -> str:
    if position == 1:
        return "next in the queue"
    earlier = position - 1
    return f"waiting for {earlier} earlier job{'s' if earlier > 1 else ''}"
