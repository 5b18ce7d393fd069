"""Holders that live and die as a test says."""

from __future__ import annotations

from ragtenancy.ports.jobs import Holders


class ScriptedHolders(Holders):
    """One name, and those that are declared dead."""

    def __init__(self, me: str = "machine:1:1") -> None:
        self._me = me
        self._dead: set[str] = set()

    def me(self) -> str:
        return self._me

    def is_dead(self, holder: str) -> bool:
        return holder in self._dead

    def bury(self, holder: str) -> None:
        """Declare a holder dead."""
        self._dead.add(holder)
