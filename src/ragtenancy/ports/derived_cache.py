"""Descriptions and embeddings cached by content, so that a retry does not pay twice."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope

EMBEDDING = "embedding"
DESCRIPTION = "description"


class DerivedCache(Protocol):
    """Bytes by (kind, key) within one tenant; never shared between tenants.

    A value may be gone at any time, and another process need not see it.
    """

    @abstractmethod
    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the values of the keys that exist."""

    @abstractmethod
    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        """Store values, replacing older ones."""

    @abstractmethod
    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:
        """Remove old values; return how many there were. Later puts are dated `now` or later."""

    @abstractmethod
    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:
        """Return the tenants that need `purge`; none if values expire by themselves.

        It may name a tenant without values, once; it reads no tenant's own data.
        """

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every value of the tenant."""
