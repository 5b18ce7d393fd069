"""Telling workers that a job waits."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.ids import JobId
from ragtenancy.domain.tenants import TenantScope


class JobSignals(Protocol):
    """Hints only: the queue is the truth, so that a lost or doubled hint does no harm."""

    @abstractmethod
    async def submitted(self, scope: TenantScope, job_id: JobId) -> None:
        """Say that a job waits, in bounded time; what goes wrong is logged and never raised.

        Called after the job is durable. Nothing but the job's id leaves the process.
        """
