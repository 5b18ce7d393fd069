"""A tenant's limits on requests: how many a minute, and how many at once, in this process."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.rates import Level, TokenBuckets
from ragtenancy.domain.tenant_config import EffectiveLimits
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock

MAX_TENANTS = 10_000


class RequestUse(Struct, frozen=True, kw_only=True):
    """What a tenant has left after a request, None where it is not limited."""

    limits: EffectiveLimits
    rate: Level | None
    more_at_once: int | None


class RequestLimits:
    """Counts requests by tenant, in this process alone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: TokenBuckets[TenantUid] = TokenBuckets(MAX_TENANTS)
        self._under_way: Counter[TenantUid] = Counter()

    def require_rate(self, scope: TenantScope, limits: EffectiveLimits) -> None:
        """Count a request. Raises `LimitError` beyond the tenant's rate."""
        most = limits.requests_per_minute
        if most is not None:
            now = self._clock.monotonic()
            taken = self._buckets.take(scope.tenant_uid, most, now)
            limits.require_rate(self._buckets.level(scope.tenant_uid, most, now), taken=taken)

    def begin(self, scope: TenantScope, limits: EffectiveLimits) -> None:
        """Count a chat, stream or upload that begins. Raises `LimitError` beyond the limit."""
        limits.require_room_for_request(self._under_way[scope.tenant_uid])
        self._under_way[scope.tenant_uid] += 1

    def end(self, scope: TenantScope) -> None:
        """Count a chat, stream or upload that ended."""
        self._under_way[scope.tenant_uid] -= 1
        if not self._under_way[scope.tenant_uid]:
            del self._under_way[scope.tenant_uid]

    def use(self, scope: TenantScope, limits: EffectiveLimits) -> RequestUse:
        """Return what the tenant has left."""
        uid, rate, most = (
            scope.tenant_uid,
            limits.requests_per_minute,
            limits.max_concurrent_requests,
        )
        return RequestUse(
            limits=limits,
            rate=None if rate is None else self._buckets.level(uid, rate, self._clock.monotonic()),
            more_at_once=None if most is None else max(0, most - self._under_way[uid]),
        )
