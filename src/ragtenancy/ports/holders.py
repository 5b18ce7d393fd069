"""Who holds a lease, and whether it still lives."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Holders(Protocol):
    """Names of lease holders: `host:pid:start`."""

    @abstractmethod
    def me(self) -> str:
        """Return this process's name."""

    @abstractmethod
    def is_dead(self, holder: str) -> bool:
        """Tell whether a holder is known to be dead; only of this machine's can that be known."""
