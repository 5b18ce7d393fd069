"""Descriptions and embeddings kept by content, so that a retry does not pay twice."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

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
    async def purge(self, scope: TenantScope, *, written_before: datetime) -> int:
        """Remove old values; return how many there were."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every value of the tenant."""
