"""Derived values in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ragtenancy.adapters.memory.client import Memory, StampedBytes
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.derived_cache import DerivedCache


class InMemoryDerivedCache(DerivedCache):
    """Bytes by kind and key in the tenant's container."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        derived = self._memory.container(scope).derived
        return {key: derived[kind, key].content for key in keys if (kind, key) in derived}

    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        derived = self._memory.container(scope).derived
        derived.update({(kind, key): StampedBytes(value, at) for key, value in values.items()})

    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:  # noqa: ARG002 - the port's
        derived = self._memory.container(scope).derived
        old = [key for key, value in derived.items() if value.written_at < written_before]
        for key in old:
            del derived[key]
        return len(old)

    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:
        return tuple(
            uid
            for uid, container in self._memory.containers.items()
            if any(value.written_at < written_before for value in container.derived.values())
        )

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            container.derived.clear()
