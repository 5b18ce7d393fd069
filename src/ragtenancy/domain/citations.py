"""Citations: which words of which passage each marker of an answer points to."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ragtenancy.domain.comparable import comparable
from ragtenancy.domain.grounding import MARKER, named, without_markers
from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.sources import Source

_WORD = re.compile(r"[^\W_]+")


class Citation(Struct, frozen=True, kw_only=True):
    """A marker of an answer, the source it names, and the words there that say most of it.

    `marker` counts characters of the answer, `range` those of the document's stored text (None if
    its place is not known), each end exclusive. `quote` is a sentence or row of the source's text,
    word for word, and `page` where it begins.
    """

    marker: tuple[int, int]
    source: Source
    quote: str
    range: tuple[int, int] | None
    page: int | None


def citations(answer: str, sources: Sequence[Source]) -> list[Citation]:
    """Return the citations of an answer in order, one for each source that a marker names."""
    found: list[Citation] = []
    for start, end, numbers, statement in _markers(answer, len(sources)):
        for number in numbers:
            source = sources[number - 1]
            at, quote = quoted(statement, source.text)
            first = None if source.range is None else source.range[0] + at
            found.append(
                Citation(
                    marker=(start, end),
                    source=source,
                    quote=quote,
                    range=None if first is None else (first, first + len(quote)),
                    page=source.page_at(at),
                )
            )
    return found


def quoted(statement: str, passage: str) -> tuple[int, str]:
    """Return the sentence or row of a passage that shares most with a statement, and its offset.

    Shared words weigh log(1 + n / df) over the passage's n units, so that rare ones decide; of
    equals the first is taken.
    """
    units = list(_units(passage))
    if not units:
        return 0, passage
    words = [_words(unit) for _, unit in units]
    frequency = Counter(word for unit in words for word in unit)
    wanted = _words(statement)
    weights = {word: math.log1p(len(units) / frequency[word]) for word in wanted & set(frequency)}
    shares = [sum(weights[word] for word in unit & wanted) for unit in words]
    return units[shares.index(max(shares))]


def _markers(answer: str, sources: int) -> Iterator[tuple[int, int, list[int], str]]:
    """Yield each marker's range, the sources that it names, and the statement before it."""
    begun, statement = 0, ""
    for match in MARKER.finditer(answer):
        numbers = named(match[3], sources)
        if not numbers:
            continue
        start = match.start() + len(match[1]) + len(match[2])
        said = without_markers(answer[begun:start])
        begun = match.end()
        if _WORD.search(said):
            statement = sentences(said.strip())[-1]
        yield start, match.end(), numbers, statement


def _units(passage: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences and rows of a text that hold a word, each with its offset."""
    at = 0
    for sentence in sentences(passage):
        text = sentence.rstrip()
        if _WORD.search(text):
            indent = len(text) - len(text.lstrip())
            yield at + indent, text[indent:]
        at += len(sentence)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(comparable(text).casefold()))
