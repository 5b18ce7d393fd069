"""What is measured: an engine that was filled, and can be asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from zipf_corpus import Part, Question

TOP = 10
SEMANTIC_WEIGHT = 0.7
BM25_WEIGHT = 0.3
LANGUAGE = "english"
Name = int | str


class Engine(Protocol):
    """Holds one index a tenant and answers with the names of its best ten chunks."""

    async def search(self, tenant: int, question: Question) -> Sequence[Name]:
        """Return the best chunks, best first."""


Opened = Callable[[Sequence[Part], Path], Engine]
"""Fills an engine, one index a tenant; the folder is its own."""

Analyze = Callable[[str], list[str]]
"""Turns a text into terms."""

Search = Callable[[int, Question], Awaitable[Sequence[Name]]]


class Peer:
    """A peer of the benchmark: how it is filled, and the distributions whose versions count."""

    def __init__(self, name: str, opened: Opened, *distributions: str) -> None:
        self.name = name
        self.opened = opened
        self.distributions = distributions
