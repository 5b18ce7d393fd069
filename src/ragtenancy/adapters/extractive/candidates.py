"""The sentences of the passages, as candidates for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.sources import Source

MIN_CHARACTERS = 3


class Candidate(Struct, frozen=True, kw_only=True):
    """A sentence, verbatim, with its passage (from 1) and its place there (from 0)."""

    text: str
    passage: int
    place: int
    section: Sequence[str]


def candidates_of(passages: Sequence[Source]) -> list[Candidate]:
    """Return the sentences of all passages in reading order, each text once."""
    found: dict[str, Candidate] = {}
    for passage in passages:
        for place, sentence in enumerate(sentences(passage.text)):
            text = sentence.strip()
            if len(text) < MIN_CHARACTERS or text in found:
                continue
            found[text] = Candidate(
                text=text, passage=passage.index, place=place, section=passage.section
            )
    return list(found.values())
