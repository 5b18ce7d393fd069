"""Workers that look for themselves."""

from __future__ import annotations

from ragtenancy.domain.ids import JobId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.job_signals import JobSignals


class SilentJobSignals(JobSignals):
    """Tells nobody: workers ask the queue several times a second."""

    async def submitted(self, scope: TenantScope, job_id: JobId) -> None:
        """Do nothing."""
