"""A cache of derived data whose lookups are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.metrics import CACHE_LOOKUPS
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.metrics import Metrics


class MeasuredDerivedCache(DerivedCache):
    """Counts hits and misses by kind."""

    def __init__(self, cache: DerivedCache, metrics: Metrics) -> None:
        self._cache = cache
        self._metrics = metrics

    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        known = await self._cache.get(scope, kind, keys)
        hits = sum(key in known for key in keys)
        self._metrics.count(CACHE_LOOKUPS, hits, cache=kind, result="hit")
        self._metrics.count(CACHE_LOOKUPS, len(keys) - hits, cache=kind, result="miss")
        return known

    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        await self._cache.put(scope, kind, values, at=at)

    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:
        return await self._cache.purge(scope, written_before=written_before, now=now)

    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:
        return await self._cache.tenants_holding(written_before=written_before)

    async def drop(self, scope: TenantScope) -> None:
        await self._cache.drop(scope)
