"""Turning text into the terms that BM25 counts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.ids import Fingerprint


class Analyzer(Protocol):
    """Lower-casing, Unicode folding, stop words and stemming of one language; pure."""

    @abstractmethod
    def fingerprint(self, language: str) -> Fingerprint:
        """Name the analysis, so that an index made by another is seen to be another."""

    @abstractmethod
    def terms(self, text: str, language: str) -> Sequence[str]:
        """Return the terms of a text in order, repeats kept. Raises `InvalidError`."""
