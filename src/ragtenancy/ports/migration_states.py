"""How far a migration is, kept so that one that broke off goes on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from ragtenancy.domain.ids import Namespace, TenantId


class MigrationState(Struct, frozen=True, kw_only=True):
    """Where the copy of a namespace stands.

    `after` is the page to go on with, `chunks` how many records each document has so far. A
    migration without a tenant is a rehearsal into `target`.
    """

    source: Namespace
    target: Namespace
    tenant_id: TenantId | None = None
    after: str | None = None
    copied: int = 0
    chunks: Mapping[str, int] = field(default_factory=dict)
    is_copied: bool = False
    is_verified: bool = False
    is_cut_over: bool = False


class MigrationStates(Protocol):
    """One state a target."""

    @abstractmethod
    async def get(self, target: Namespace) -> MigrationState | None:
        """Return a state."""

    @abstractmethod
    async def put(self, state: MigrationState) -> None:
        """Keep a state durably, replacing the one before."""

    @abstractmethod
    async def forget(self, target: Namespace) -> None:
        """Remove a state; the absent is fine."""
