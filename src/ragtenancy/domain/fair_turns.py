"""Whose turn it is among started jobs: start-time fair queueing between tenants.

Virtual time is the start tag of the latest turn. A tenant's turn starts when its previous one
finished, or now if it was away: nobody saves up. The earliest start is next, so that two tenants
who both always have work never differ by more than two slices of one slot (Goyal, Vin and Cheng,
1996).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from ragtenancy.domain.ids import JobId, TenantUid

QUANTUM = 0.05  # seconds that a turn lasts at least while others wait
LEAST_WORK = 1e-6  # seconds; a turn is never free


class Contender(Struct, frozen=True):
    """An attempt at a job that wants a turn; `ranked_at` and `size_class` as in `domain.queueing`."""

    tenant_uid: TenantUid
    ranked_at: datetime
    job_id: JobId
    fence: int = 0
    size_class: int = 0


class Shares(Struct, frozen=True, kw_only=True):
    """The virtual time, and the finish tags of tenants that are ahead of it, in seconds of work."""

    virtual: float = 0.0
    finish: Mapping[TenantUid, float] = {}

    def start(self, tenant_uid: TenantUid) -> float:
        """Return the start tag of the tenant's next turn."""
        return max(self.virtual, self.finish.get(tenant_uid, 0.0))

    def granted(self, tenant_uid: TenantUid) -> Shares:
        """Return the shares once the tenant's turn has begun."""
        return Shares(virtual=self.start(tenant_uid), finish=self.finish)

    def charged(self, tenant_uid: TenantUid, start: float, seconds: float) -> Shares:
        """Return the shares once a turn that began at `start` has taken some seconds of work."""
        done = max(start, self.finish.get(tenant_uid, 0.0)) + max(seconds, LEAST_WORK)
        finish = {uid: tag for uid, tag in self.finish.items() if tag > self.virtual}
        return Shares(virtual=self.virtual, finish={**finish, tenant_uid: done})


def next_turn(
    waiting: Iterable[Contender], shares: Shares, holding: Mapping[TenantUid, int]
) -> Contender | None:
    """Return who is next: the tenant that holds the fewest turns, then the earliest start.

    Within a tenant it is the job that ranks first.
    """

    def key(each: Contender) -> tuple[int, float, datetime, JobId]:
        uid = each.tenant_uid
        return (holding.get(uid, 0), shares.start(uid), each.ranked_at, each.job_id)

    return min(waiting, key=key, default=None)
