"""Glossing questions whose language is not that of the tenant's documents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import structs

from ragtenancy.app.search.retrieval import GenerationTerms
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.glosses import Gloss, choose, directions, telling_words
from ragtenancy.domain.languages import Language, detect
from ragtenancy.ports.analyzers import Glossaries

MAX_CHARACTERS = 500  # longer questions are not glossed: they tend to be stories around a question
MAX_KNOWN_SHARE = 0.5  # share of a question's content words that the documents contain


class Glossing:
    """Glosses readings if the documents contain at most half of their content words."""

    def __init__(self, lexicons: Lexicons, glossaries: Glossaries) -> None:
        self._lexicons = lexicons
        self._glossaries = glossaries

    async def gloss(self, terms: GenerationTerms, readings: Sequence[Reading]) -> Sequence[Reading]:
        """Return the readings with their glosses; unchanged if statistics are unavailable."""
        try:
            return [
                structs.replace(each, gloss=await self._gloss_of(terms, each.text))
                for each in readings
            ]
        except UnavailableError:
            return readings

    async def _gloss_of(self, terms: GenerationTerms, text: str) -> Gloss | None:
        """Return a text's gloss.

        None if the text is long or has no content words, if the documents contain more than half of
        these, or if no gloss has more words in the documents.
        """
        if len(text) > MAX_CHARACTERS:
            return None
        lexicon, asked_in = self._lexicons.of(terms.language), detect(text)
        wanted = lexicon.content(text, asked_in or Language.ENGLISH)
        of_text = await terms.statistics(text)
        known = sum(1 for term in wanted if of_text.frequency.get(term))
        if not wanted or known > MAX_KNOWN_SHARE * len(wanted):
            return None
        offered = await self._offered(text, asked_in)
        words = " ".join(f"{gloss.all_words} {telling_words(target)}" for target, gloss in offered)
        of_glosses = await terms.statistics(words)
        return choose(
            offered,
            lexicon.strong,
            of_glosses.frequency,
            chunks=of_glosses.chunks,
            known=known,
        )

    async def _offered(
        self, text: str, asked_in: Language | None
    ) -> Sequence[tuple[Language, Gloss]]:
        """Return a text's glosses, each with the language that it is in."""
        found = []
        for source, target in directions(asked_in):
            glossary = await self._glossaries.between(source, target)
            if glossary is not None:
                found.append((target, await asyncio.to_thread(glossary.gloss, text)))
        return found
