"""Idempotency keys."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.tenants import TenantScope


class IdempotencyStore(Protocol):
    """Keys of one tenant, each kept until it expires."""

    @abstractmethod
    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        """Store the record, unless its key has one that stands; in that case return it.

        An unanswered record whose process is known to be dead stands no more.
        """

    @abstractmethod
    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:
        """Write the record with its reply."""

    @abstractmethod
    async def release(self, scope: TenantScope, key: str) -> None:
        """Forget a key whose request failed."""

    @abstractmethod
    async def purge(self, scope: TenantScope, *, now: datetime) -> int:
        """Remove expired records; return how many there were."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every record of the tenant."""
