"""Citations: which words of which passage each marker of an answer points to."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

from ragtenancy.domain.code_fences import code_ranges
from ragtenancy.domain.comparable import comparable
from ragtenancy.domain.grounding import each_marker, named, without_markers
from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.sources import Citation, Source

_WORD = re.compile(r"[^\W_]+")


def citations(answer: str, sources: Sequence[Source]) -> list[Citation]:
    """Return the citations of an answer in order, one for each source that a marker names."""
    found: list[Citation] = []
    quotable = cache(lambda number: Quotable(sources[number - 1].text))
    for start, end, numbers, statement in _markers(answer, len(sources)):
        wanted = _words(statement)
        for number in numbers:
            source = sources[number - 1]
            at, quote = quotable(number).closest(wanted)
            first = None if source.range is None else source.range[0] + at
            found.append(
                Citation(
                    index=number,
                    marker=(start, end),
                    quote=quote,
                    range=None if first is None else (first, first + len(quote)),
                    page=source.page_at(at),
                )
            )
    return found


class Quotable:
    """A passage as sentences and rows, with an inverted index of their words."""

    def __init__(self, passage: str) -> None:
        self._units = list(_units(passage)) or [(0, passage)]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for at, (_, unit) in enumerate(self._units):
            for word in _words(unit):
                self._holders[word].append(at)

    def closest(self, wanted: frozenset[str]) -> tuple[int, str]:
        """Return the unit that shares most with the words of a statement, after its offset.

        Shared words weigh log(1 + n / df) over the passage's n units, so that rare ones decide; of
        equals the first is taken.
        """
        shares = [0.0] * len(self._units)
        for word in sorted(wanted & self._holders.keys()):
            holders = self._holders[word]
            weight = math.log1p(len(self._units) / len(holders))
            for at in holders:
                shares[at] += weight
        return self._units[shares.index(max(shares))]


def _markers(answer: str, sources: int) -> Iterator[tuple[int, int, list[int], str]]:
    """Yield each marker's range, the sources that it names, and the statement before it."""
    begun, statement = 0, ""
    code = (
        [range(*each) for each in code_ranges(answer)] if "`" in answer or "~~~" in answer else []
    )
    for match in each_marker(answer):
        numbers = named(match[3], sources)
        if not numbers or any(match.start(3) in each for each in code):
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
