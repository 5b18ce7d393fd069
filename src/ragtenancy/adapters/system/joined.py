"""Adapters that combine several of one port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.images import ImageDescriber, Spent, uncounted
from ragtenancy.ports.tenant_storage import TenantStorage


class JoinedTenantStorage(TenantStorage):
    """Creates, counts and removes a tenant's containers in every part.

    Parts are created in order and removed in reverse, so that the first, where others look for a
    tenant, exists longest. Counts of one name are added.
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


class FallbackImageDescriber(ImageDescriber):
    """Uses `second` if `first` rejects a picture, but not if `first` is unavailable."""

    def __init__(self, first: ImageDescriber, second: ImageDescriber) -> None:
        self._first = first
        self._second = second

    @property
    def fingerprint(self) -> str:
        """Both describers' names."""
        return f"{self._first.fingerprint}, else {self._second.fingerprint}"

    async def describe(
        self, scope: TenantScope, image: Image, context: ImageContext, spent: Spent = uncounted
    ) -> str | None:
        """Return the first describer's description, or the second's."""
        try:
            return await self._first.describe(scope, image, context, spent)
        except RejectedError:
            return await self._second.describe(scope, image, context, spent)
