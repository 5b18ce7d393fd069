"""Configurations and their history."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import TenantScope


class TenantConfigRepository(Protocol):
    """Versions of a tenant's configuration; the highest is in force."""

    @abstractmethod
    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        """Return the version in force.

        Stored values outside today's bounds are replaced by their defaults (`healed`), by `get` and
        `page` too.
        """

    @abstractmethod
    async def newest(self, scope: TenantScope) -> int:
        """Return the number of the version in force, 0 for none."""

    async def refreshed(
        self, scope: TenantScope, known: ConfigVersion | None
    ) -> ConfigVersion | None:
        """Return the version in force; `known` itself if that still is.

        A backend with conditional reads uses one.
        """
        current = await self.current(scope)
        return known if current == known else current

    @abstractmethod
    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        """Return one version."""

    @abstractmethod
    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        """Put the next version in force. Raises `StaleWriteError` unless it is current + 1."""

    @abstractmethod
    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        """Return versions, newest first."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every version of the tenant."""
