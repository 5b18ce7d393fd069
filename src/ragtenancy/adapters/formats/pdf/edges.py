"""What stands at the top or bottom of most pages: said once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from ragtenancy.adapters.formats.pdf.lines import Line
from ragtenancy.domain.parsed import Note

_FEWEST_PAGES = 3
_LINES_AT_EDGE = 2
_NUMBERS = re.compile(r"\d+")

_SAME_HEIGHT = 6

Pages = Sequence[Sequence[Line]]
_Pattern = tuple[str, int]


def without_edges(pages: Pages) -> tuple[list[list[Line]], list[Note], list[Note]]:
    """Return the pages without running headers and footers, and each of those once."""
    headers = _repeated(pages, _at_top)
    footers = _repeated(pages, _at_bottom)
    kept = [list(_kept(page, headers, footers)) for page in pages]
    return kept, _notes(headers, "header"), _notes(footers, "footer")


def _repeated(pages: Pages, at_edge: Callable[[Sequence[Line]], list[Line]]) -> dict[_Pattern, str]:
    """Return what stands at one edge of most pages, numbers aside, with its first wording."""
    counts: Counter[_Pattern] = Counter()
    wordings: dict[_Pattern, str] = {}
    for page in pages:
        for line in {_pattern(line): line for line in at_edge(page)}.values():
            counts[_pattern(line)] += 1
            wordings.setdefault(_pattern(line), line.text)
    most = max(_FEWEST_PAGES, len(pages) // 2 + 1)
    return {pattern: wordings[pattern] for pattern, count in counts.items() if count >= most}


def _kept(
    page: Sequence[Line], headers: Container[_Pattern], footers: Container[_Pattern]
) -> Iterator[Line]:
    dropped = [line for line in _at_top(page) if _pattern(line) in headers]
    dropped += [line for line in _at_bottom(page) if _pattern(line) in footers]
    return (line for line in page if not any(line is other for other in dropped))


def _at_top(page: Sequence[Line]) -> list[Line]:
    return sorted(page, key=lambda line: -line.top)[:_LINES_AT_EDGE]


def _at_bottom(page: Sequence[Line]) -> list[Line]:
    return sorted(page, key=lambda line: line.bottom)[:_LINES_AT_EDGE]


def _pattern(line: Line) -> _Pattern:
    """Return what a line says, numbers aside, and at what height."""
    return _NUMBERS.sub("#", line.text), round(line.bottom / _SAME_HEIGHT)


def _notes(repeated: Mapping[_Pattern, str], kind: str) -> list[Note]:
    """Return the notes; bare page numbers say nothing."""
    texts = (text for text in repeated.values() if any(map(str.isalpha, text)))
    return [Note(text=text, kind=kind) for text in texts]
