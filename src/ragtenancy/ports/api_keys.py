"""Key records."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.api_keys import ApiKey, Pepper
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope


class ApiKeyRepository(Protocol):
    """Records of keys, found by a point read of their id."""

    @abstractmethod
    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return a record: the one look-up without a scope, since it is what gives one."""

    @abstractmethod
    async def issued(self) -> bool:
        """Tell whether any tenant has a record, revoked ones too."""

    @abstractmethod
    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        """Return a record of this tenant."""

    @abstractmethod
    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        """Keep a new record. Raises `AlreadyExistsError`."""

    @abstractmethod
    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        """Write a record of this tenant; the absent raises `NotFoundError`."""

    @abstractmethod
    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        """Return the tenant's records, oldest first, revoked ones too."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every record of the tenant."""


class PepperStore(Protocol):
    """The versions of the pepper; the highest signs new keys."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the peppers are kept, for the operator to read."""

    @abstractmethod
    async def current(self) -> Pepper | None:
        """Return the newest pepper, None before the first is made.

        Raises `StateLostError` where there is one that cannot be read.
        """

    @abstractmethod
    async def make_first(self) -> Pepper:
        """Make the first pepper and return it; of several who make one, the first wins."""

    @abstractmethod
    async def get(self, version: int) -> Pepper | None:
        """Return one version."""
