"""Saved progress of migrations, so that an interrupted one can resume."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from ragtenancy.domain.ids import Namespace, TenantId


class MigrationState(Struct, frozen=True, kw_only=True):
    """The progress of copying a namespace.

    `after` is the page to resume from, `chunks` the number of records per document, `digest` that
    of the survey they come from, `text_key` the operator's own key of texts. `deleting` are the source's records whose deletion has begun. A
    migration without a tenant is a rehearsal into `target`.
    """

    source: Namespace
    target: Namespace
    tenant_id: TenantId | None = None
    after: str | None = None
    copied: int = 0
    chunks: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""
    text_key: str | None = None
    is_copied: bool = False
    is_verified: bool = False
    is_cut_over: bool = False
    deleting: tuple[str, ...] = ()
    is_source_deleted: bool = False


class MigrationStates(Protocol):
    """Migration states, one per target."""

    @abstractmethod
    async def get(self, target: Namespace) -> MigrationState | None:
        """Return a state."""

    @abstractmethod
    async def put(self, state: MigrationState) -> None:
        """Store a state durably, replacing the previous one."""

    @abstractmethod
    async def forget(self, target: Namespace) -> None:
        """Remove a state; idempotent."""
