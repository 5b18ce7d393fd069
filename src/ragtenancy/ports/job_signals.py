"""Signals to workers that a job is waiting."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.ids import JobId
from ragtenancy.domain.tenants import TenantScope


class JobSignals(Protocol):
    """Hints only: the queue is authoritative, so a lost or duplicate hint does no harm."""

    @abstractmethod
    async def submitted(self, scope: TenantScope, job_id: JobId) -> None:
        """Signal a waiting job, in bounded time; failures are logged and never raised.

        Called once the job is durable. Nothing but the job's id leaves the process.
        """
