"""Derived values, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ragtenancy.adapters.memory.shelves import Shelves
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.derived_cache import DerivedCache


class InMemoryDerivedCache(DerivedCache):
    """Values on their tenant's shelf."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return those of the keys that are there."""
        kept = self._shelves.of(scope).derived
        return {key: kept[kind, key][0] for key in keys if (kind, key) in kept}

    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        """Keep values."""
        kept = self._shelves.of(scope).derived
        kept.update({(kind, key): (value, at) for key, value in values.items()})

    async def purge(self, scope: TenantScope, *, written_before: datetime) -> int:
        """Remove old values."""
        kept = self._shelves.of(scope).derived
        gone = [key for key, (_, at) in kept.items() if at < written_before]
        for key in gone:
            del kept[key]
        return len(gone)

    async def drop(self, scope: TenantScope) -> None:
        """Remove every value."""
        self._shelves.of(scope).derived.clear()
