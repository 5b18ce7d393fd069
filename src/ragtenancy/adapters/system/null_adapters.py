"""Null adapters: no job signals, no picture descriptions."""

from __future__ import annotations

from ragtenancy.domain.ids import JobId
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.images import NOBODY, ImageDescriber
from ragtenancy.ports.job_signals import JobSignals


class SilentJobSignals(JobSignals):
    """Sends nothing: workers poll the queue several times a second."""

    async def submitted(self, scope: TenantScope, job_id: JobId) -> None:
        """Do nothing."""


class NoImageDescriber(ImageDescriber):
    """Describes no picture."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of no describer."""
        return NOBODY

    async def describe(
        self,
        scope: TenantScope,  # noqa: ARG002
        image: Image,  # noqa: ARG002
        context: ImageContext,  # noqa: ARG002
    ) -> str | None:
        """Return None."""
        return None
