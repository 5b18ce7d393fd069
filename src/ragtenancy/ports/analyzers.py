"""The terms that BM25 counts, and their translations."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.glosses import Glossary
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.languages import Language


class Analyzer(Protocol):
    """Lower-casing, Unicode folding, stop words and stemming of one language; pure."""

    @abstractmethod
    def fingerprint(self, language: str) -> Fingerprint:
        """Identify the analysis, so that an index made by a different one can be recognised."""

    @abstractmethod
    def terms(self, text: str, language: str) -> Sequence[str]:
        """Return the terms of a text in order, with repeats. Raises `InvalidError`."""


class Glossaries(Protocol):
    """Word-by-word glossaries between languages; deterministic."""

    @abstractmethod
    async def between(self, source: Language, target: Language) -> Glossary | None:
        """Return the glossary from a question's language to the documents', if there is one."""
