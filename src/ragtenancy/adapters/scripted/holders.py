"""Lease holders that live and die as told."""

from __future__ import annotations

from ragtenancy.ports.holders import Holders


class ScriptedHolders(Holders):
    """`dead` names the holders that are known to be dead."""

    def __init__(self, name: str = "host:1:1") -> None:
        self.name = name
        self.dead: set[str] = set()

    def me(self) -> str:
        """Return the name given."""
        return self.name

    def is_dead(self, holder: str) -> bool:
        """Tell whether the holder was declared dead."""
        return holder in self.dead
