"""The registry of tenants."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import Tenant


class TenantRepository(Protocol):
    """The operator's registry of tenants; the only lookup of tenants by id."""

    @abstractmethod
    async def get(self, tenant_id: TenantId) -> Tenant | None:
        """Return a tenant."""

    @abstractmethod
    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        """Return a tenant by its uid."""

    @abstractmethod
    async def add(self, tenant: Tenant) -> None:
        """Store a new tenant. Raises `AlreadyExistsError` if the id or the namespace is taken."""

    @abstractmethod
    async def save(self, tenant: Tenant) -> Tenant:
        """Write a tenant if `version` is the stored one. Raises `StaleWriteError`."""

    @abstractmethod
    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        """Return tenants by id."""

    @abstractmethod
    async def delete(self, tenant_uid: TenantUid) -> None:
        """Remove the record; idempotent."""
