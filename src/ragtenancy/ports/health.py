"""Health probes of backends."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import ProbeResult


class Probe(Protocol):
    """A live check of one backend."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The backend's name in `/health`."""

    @property
    def required(self) -> bool:
        """Whether the installation is unhealthy while the backend is unavailable."""
        return True

    @property
    def local(self) -> bool:
        """Whether a fault is this machine's own, so that another replica may be free of it."""
        return False

    def unavailable(self, error: RagTenancyError) -> ProbeResult:
        """Return the result of a check that ended with an error."""
        return ProbeResult(
            name=self.name, connected=False, required=self.required, reason=error.reason
        )

    @abstractmethod
    async def check(self) -> ProbeResult:
        """Probe the backend; never raises."""
