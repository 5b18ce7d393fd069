"""Key records."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.api_keys import ApiKey, Pepper, Signature
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope


class ApiKeyRepository(Protocol):
    """Key records, each read by its id."""

    @abstractmethod
    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return a record; the only lookup without a scope, since the record supplies the scope."""

    @abstractmethod
    async def signatures(self) -> frozenset[Signature]:
        """Return the distinct signatures of all tenants' records, including revoked ones."""

    @abstractmethod
    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        """Return a record of this tenant."""

    @abstractmethod
    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        """Store a new record. Raises `AlreadyExistsError`."""

    @abstractmethod
    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        """Write a record of this tenant; an absent one raises `NotFoundError`."""

    @abstractmethod
    async def refresh(self, scope: TenantScope, known: ApiKey, fresh: ApiKey) -> bool:
        """Replace a record that is still as `known`; return whether it was.

        It never waits for another writer: then, too, nothing is written and the result is false. A
        machine's crash may undo it.
        """

    @abstractmethod
    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        """Return the tenant's records, oldest first, including revoked ones."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every record of the tenant."""


class PepperStore(Protocol):
    """The versions of the pepper; the highest signs new keys."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the peppers are stored, as shown to the operator."""

    @abstractmethod
    async def current(self) -> Pepper | None:
        """Return the newest pepper; None if there is none yet.

        Raises `StateLostError` if a pepper exists but cannot be read.
        """

    @abstractmethod
    async def make_first(self) -> Pepper:
        """Create the first pepper and return it; of concurrent callers, the first wins."""

    @abstractmethod
    async def make_next(self) -> Pepper:
        """Add a version after the newest and return it; of concurrent callers, each adds one.

        Raises `ConflictError` (peppers_given) if the operator gives the peppers.
        """

    @abstractmethod
    async def get(self, version: int) -> Pepper | None:
        """Return one version."""
