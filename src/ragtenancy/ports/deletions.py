"""Deletions of clients and their receipts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.deletions import TenantDeletion
from ragtenancy.domain.ids import DeletionId, Namespace, TenantId


class DeletionRepository(Protocol):
    """Deletion receipts, which outlive the tenant; they name it but hold none of its data."""

    @abstractmethod
    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        """Return a deletion."""

    @abstractmethod
    async def add(self, deletion: TenantDeletion) -> None:
        """Store a new deletion. Raises `AlreadyExistsError`."""

    @abstractmethod
    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        """Write a deletion if its `version` is the stored one. Raises `StaleWriteError`."""

    @abstractmethod
    async def unfinished(self) -> Sequence[TenantDeletion]:
        """Return the unverified deletions."""

    @abstractmethod
    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        """Return an unverified deletion of that id or namespace."""

    @abstractmethod
    async def every(self) -> Sequence[TenantDeletion]:
        """Return all deletions, for full sweeps."""
