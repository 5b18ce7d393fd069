"""The terms that BM25 counts, and what they are called in another language."""

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
        """Name the analysis, so that an index made by another is seen to be another."""

    @abstractmethod
    def terms(self, text: str, language: str) -> Sequence[str]:
        """Return the terms of a text in order, repeats kept. Raises `InvalidError`."""


class Glossaries(Protocol):
    """What words of one language mean in another; the same question always has the same gloss."""

    @abstractmethod
    async def between(self, said: Language, written: Language) -> Glossary | None:
        """Return the glossary from the language of a question to that of documents, if there is one."""
