"""The original plan's records of documents, found beside a client's own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.plan_documents import PlanDocument
from ragtenancy.domain.tenants import TenantScope


class PlanDocuments(Protocol):
    """The records of a client that the plan's program wrote; this service only reads them."""

    @abstractmethod
    async def of(self, scope: TenantScope) -> Sequence[PlanDocument]:
        """Return the client's records, by id."""

    @abstractmethod
    async def remove(self, scope: TenantScope) -> int:
        """Remove the client's records; return their number."""
