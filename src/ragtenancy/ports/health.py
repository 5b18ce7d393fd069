"""Health probes of backends."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

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

    @abstractmethod
    async def check(self) -> ProbeResult:
        """Probe the backend; never raises."""
