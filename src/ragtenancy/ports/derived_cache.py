"""Descriptions and embeddings kept by content, so that a retry does not pay twice."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope


class DerivedCache(Protocol):
    """Bytes by (kind, key) within one tenant; never shared between tenants."""

    @abstractmethod
    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return those of the keys that are there."""

    @abstractmethod
    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        """Keep values, replacing older ones."""

    @abstractmethod
    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:
        """Remove old values; return how many there were. Whatever is put later is of `now` or later."""

    @abstractmethod
    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:
        """Return whose old values `purge` has to remove; none where they expire by themselves.

        It may name a tenant that has none any more, once; no tenant's own data is read for it.
        """

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every value of the tenant."""
