"""The containers of a tenant's data."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope


class TenantStorage(Protocol):
    """One backend's containers of a tenant (a file, a namespace, a partition)."""

    @abstractmethod
    async def create(self, scope: TenantScope) -> None:
        """Create the containers; idempotent. Nothing else creates them."""

    @abstractmethod
    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        """Count the tenant's remaining items per store, e.g. `{"chunks": 12, "files": 3}`."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove the containers and everything in them; idempotent."""

    @abstractmethod
    async def tenants(self) -> Sequence[TenantUid]:
        """Return the tenant uids that have containers, for the sweeper."""
