"""Glossing questions that are in another language than a tenant's documents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import structs

from ragtenancy.domain.answers import Reading
from ragtenancy.domain.content import Terms, content_terms, strong_terms
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.glosses import Gloss, choose, directions, telling_words
from ragtenancy.domain.languages import Language, detect
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.glossaries import Glossaries
from ragtenancy.ports.lexical import LexicalIndex

MOST_KNOWN = 0.5  # share of a question's content words that the documents hold


class GlossReadings:
    """Glosses the readings of whose content words the documents hold at most half."""

    def __init__(self, lexical: LexicalIndex, analyzer: Analyzer, glossaries: Glossaries) -> None:
        self._lexical = lexical
        self._analyzer = analyzer
        self._glossaries = glossaries
        self._terms: dict[str, Terms] = {}

    async def __call__(
        self, scope: TenantScope, manifest: Manifest, language: str, readings: Sequence[Reading]
    ) -> Sequence[Reading]:
        """Return the readings; as they are where statistics cannot be had."""
        try:
            return [
                structs.replace(each, gloss=await self._gloss(scope, manifest, language, each.text))
                for each in readings
            ]
        except UnavailableError:
            return readings

    async def _gloss(
        self, scope: TenantScope, manifest: Manifest, language: str, text: str
    ) -> Gloss | None:
        """Return the gloss of a text; None where the documents hold more than half of its words."""
        terms, asked_in = self._terms_of(language), detect(text)
        wanted = content_terms(terms, text, asked_in or Language.ENGLISH)
        statistics = await self._lexical.statistics(scope, manifest, text, language=language)
        known = sum(1 for term in wanted if statistics.frequency.get(term))
        if not wanted or known > MOST_KNOWN * len(wanted):
            return None
        offered = await self._offered(text, asked_in)
        words = " ".join(f"{each.everything} {telling_words(said)}" for said, each in offered)
        statistics = await self._lexical.statistics(scope, manifest, words, language=language)
        return choose(
            offered,
            partial(strong_terms, terms),
            statistics.frequency,
            chunks=statistics.chunks,
            known=known,
        )

    async def _offered(
        self, text: str, asked_in: Language | None
    ) -> Sequence[tuple[Language, Gloss]]:
        """Return the glosses of a text, each with its language."""
        found = []
        for said, written in directions(asked_in):
            glossary = await self._glossaries.between(said, written)
            if glossary is not None:
                found.append((written, glossary.gloss(text)))
        return found

    def _terms_of(self, language: str) -> Terms:
        return self._terms.setdefault(language, partial(self._analyzer.terms, language=language))
