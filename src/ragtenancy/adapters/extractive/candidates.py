"""The sentences of the passages, as candidates for an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ragtenancy.domain.citations import unmarked
from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.sources import Source

MIN_CHARACTERS = 3
MOST_WORDS_OF_A_TITLE = 6
ITEM = re.compile(
    r"\s*(?:[-*\u2022\u25aa\u25e6\u2013]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{1,5})[.)])\s"
)


class Candidate(Struct, frozen=True, kw_only=True):
    """A sentence, verbatim, with its passage (from 1) and its place there (from 0)."""

    text: str
    passage: int
    place: int
    section: Sequence[str]

    @property
    def is_title(self) -> bool:
        """Whether it only names what follows: a few words without a number or an end."""
        text = self.text
        return (
            text[-1].isalpha()
            and len(text.split()) <= MOST_WORDS_OF_A_TITLE
            and not any(map(str.isdigit, text))
            and not ITEM.match(text)
        )


def candidates_of(passages: Sequence[Source]) -> list[Candidate]:
    """Return the sentences of all passages in reading order, each text once."""
    found: dict[str, Candidate] = {}
    for passage in passages:
        for place, sentence in enumerate(_pieces(passage.text)):
            text = sentence.strip()
            if len(text) < MIN_CHARACTERS or text in found or not unmarked(text):
                continue
            found[text] = Candidate(
                text=text, passage=passage.index, place=place, section=passage.section
            )
    return list(found.values())


def _pieces(text: str) -> Iterator[str]:
    """Yield the sentences of a text; an item of a list is one piece, however many it holds."""
    for line in text.splitlines():
        if ITEM.match(line):
            yield line
        else:
            yield from sentences(line)
