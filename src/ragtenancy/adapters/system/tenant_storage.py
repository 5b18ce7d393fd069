"""The containers of several backends as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage


class JoinedTenantStorage(TenantStorage):
    """Makes, counts and removes a tenant's containers in every part.

    The parts are made in order and removed against it, so that the first, in which others look
    for a tenant, is there the longest. Counts of one name add up.
    """

    def __init__(self, parts: Sequence[TenantStorage]) -> None:
        self._parts = tuple(parts)

    async def create(self, scope: TenantScope) -> None:
        for part in self._parts:
            await part.create(scope)

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        joined: dict[str, int] = {}
        for part in self._parts:
            for name, count in (await part.census(scope)).items():
                joined[name] = joined.get(name, 0) + count
        return joined

    async def drop(self, scope: TenantScope) -> None:
        for part in reversed(self._parts):
            await part.drop(scope)

    async def tenants(self) -> Sequence[TenantUid]:
        found = {uid for part in self._parts for uid in await part.tenants()}
        return tuple(sorted(found))
