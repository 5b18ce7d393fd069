"""Where a tenant's data lies as a whole."""

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
        """Make the containers; twice is fine. Nothing else makes them."""

    @abstractmethod
    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        """Count what is left of the tenant per store, e.g. `{"chunks": 12, "files": 3}`."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove the containers and everything in them; the absent is fine."""

    @abstractmethod
    async def tenants(self) -> Sequence[TenantUid]:
        """Return the uids of which containers exist, for the sweeper."""
