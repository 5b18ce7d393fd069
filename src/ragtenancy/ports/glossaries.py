"""Glossaries between the languages of questions and of documents."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.glosses import Glossary
from ragtenancy.domain.languages import Language


class Glossaries(Protocol):
    """What words of one language mean in another; the same question always has the same gloss."""

    @abstractmethod
    async def between(self, said: Language, written: Language) -> Glossary | None:
        """Return the glossary from the language of a question to that of documents, if there is one."""
