"""Whether a backend is there."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.health import ProbeResult


class Probe(Protocol):
    """A real check of one backend."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The backend's name in `/health`."""

    @property
    def required(self) -> bool:
        """Whether the installation is unhealthy while the backend is away."""
        return True

    @abstractmethod
    async def check(self) -> ProbeResult:
        """Ask the backend; never raises."""
