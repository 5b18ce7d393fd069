"""Running heads, running feet and page numbers, which belong to no sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import median_low

from msgspec import Struct

from ragtenancy.adapters.formats.pdf.lines import Line, lines_of, segments
from ragtenancy.adapters.formats.pdf.words import Word
from ragtenancy.domain.parsed import Note

_EDGE = 0.14
_MARGIN = 0.075
_LINES_AT_EDGE = 3
_NEAR_CONTENT = 40.0
_BESIDE = 60.0
_ROW = 3.5
_SAME_HEIGHT = 6.0
_LONGEST = 200
_SMALL = 0.95
_NUMBERS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|seite|p\.|s\.|pag\.?|página|pagina|side|sida|strona|стр\.?|страница|第|-)\s*)?"
    r"(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of|von|de|sur|di|av|af|van|z|из|\||页，共)\s*\d{1,4})?"  # noqa: RUF001
    r"\s*(?:页|頁|ページ)?[\W_]*\Z",
    re.IGNORECASE,
)


class Edge(Struct, kw_only=True):
    """A line near the top or the bottom of a page."""

    page: int
    line: Line
    text: str
    is_top: bool
    is_outer: bool
    gap: float


class Running(Struct, kw_only=True):
    """Words that repeat on the edges of pages: those of each page, and their wordings."""

    words: dict[int, set[int]]
    headers: list[Note]
    footers: list[Note]


def running_lines(
    pages: Sequence[Sequence[Word]], heights: Sequence[tuple[float, float]]
) -> Running:
    """Find what pages repeat at their edges; `heights` are the lower and upper edge of each."""
    edges = [
        edge
        for page, (words, (bottom, top)) in enumerate(zip(pages, heights, strict=True))
        for edge in _edges(page, words, bottom, top)
    ]
    groups: defaultdict[tuple[str, bool], list[Edge]] = defaultdict(list)
    for edge in edges:
        groups[_NUMBERS.sub("#", edge.text.casefold()), edge.is_top].append(edge)
    found = [edge for group in groups.values() for edge in _repeated(group, len(pages))]
    found += list(_alike(edges, found, _SMALL * _body(pages)))
    found += [edge for edge in edges if _is_page_number(edge)]
    found += _counted(edges)
    words: defaultdict[int, set[int]] = defaultdict(set)
    for edge in found:
        words[edge.page].update(map(id, edge.line.words))
    return Running(
        words=dict(words),
        headers=list(_notes((edge for edge in found if edge.is_top), "header")),
        footers=list(_notes((edge for edge in found if not edge.is_top), "footer")),
    )


def _edges(page: int, words: Sequence[Word], bottom: float, top: float) -> Iterator[Edge]:
    height = top - bottom
    bases = [word.base for word in words]
    if not bases:
        return
    above = min(top - _EDGE * height, max(bases) - _NEAR_CONTENT)
    below = max(bottom + _EDGE * height, min(bases) + _NEAR_CONTENT)
    high = lines_of([word for word in words if word.base > above - _BESIDE])
    low = lines_of([word for word in words if word.base < below + _BESIDE])[::-1]
    for order, is_top in ((high, True), (low, False)):
        for index, line in enumerate(order[:_LINES_AT_EDGE]):
            near = order[index + 1 : index + 2]
            inside = line.base > above if is_top else line.base < below
            if not inside or any(
                _are_rows(line, other) for other in (*near, *order[index - 1 : index])
            ):
                continue
            yield Edge(
                page=page,
                line=line,
                text=line.text[:_LONGEST],
                is_top=is_top,
                is_outer=line.base > top - _MARGIN * height
                or line.base < bottom + _MARGIN * height,
                gap=abs(line.base - near[0].base) / line.size if near else 99.0,
            )


def _are_rows(line: Line, following: Line) -> bool:
    """Return whether two lines are the first rows of a table, whose head each page repeats."""
    if abs(line.base - following.base) > _ROW * line.size:
        return False
    parts = [segments(one, one.size) for one in (line, following)]
    lefts = {round(part[0].left / 3) for part in parts[0]}
    return len(parts[0]) > 1 and len(lefts & {round(part[0].left / 3) for part in parts[1]}) > 1


def _repeated(group: Sequence[Edge], pages: int) -> Iterator[Edge]:
    """Yield the lines of a group that stand at one height on enough pages."""
    least = 2 if pages <= 6 else 3
    by_height = sorted(group, key=lambda edge: edge.line.base)
    start = 0
    for index in range(1, len(by_height) + 1):
        ends = index == len(by_height) or (
            by_height[index].line.base - by_height[index - 1].line.base > _SAME_HEIGHT
        )
        if not ends:
            continue
        run = by_height[start:index]
        start = index
        apart = sum(edge.is_outer or edge.gap > 1.9 for edge in run) * 2 > len(run)
        same = len({edge.text for edge in run}) == 1
        if len({edge.page for edge in run}) >= least and apart and (same or _counts(run)):
            yield from run


def _body(pages: Sequence[Sequence[Word]]) -> float:
    sizes = [word.size for words in pages for word in words]
    return median_low(sizes) if sizes else 0.0


def _alike(edges: Sequence[Edge], found: Sequence[Edge], most: float) -> Iterator[Edge]:
    """Yield small lines alone at the place of a repeated one, as those of left and right pages."""
    known = set(map(id, found))
    places = {_place(edge) for edge in found}
    for edge in edges:
        alone = edge.is_outer and edge.gap > 1.9 and edge.line.size < most
        if alone and id(edge) not in known and _place(edge) in places:
            yield edge


def _place(edge: Edge) -> tuple[int, int, bool]:
    return round(edge.line.base), round(4 * edge.line.size), edge.is_top


def _counts(run: Sequence[Edge]) -> bool:
    """Return whether lines that differ in a number are small, as a page's number is."""
    words = [word for edge in run for word in edge.line.words]
    return max(edge.line.size for edge in run) <= 14 and not all(word.bold for word in words)


def _counted(edges: Sequence[Edge]) -> Iterator[Edge]:
    """Yield bare numbers that count with the pages, wherever the text of a page ends."""
    offsets: defaultdict[tuple[int, bool], list[Edge]] = defaultdict(list)
    for edge in edges:
        bare = edge.text.strip(" -–—|")  # noqa: RUF001 - dashes around a number
        if bare.isdecimal() and len(bare) <= 4 and edge.gap > 1.2:
            offsets[int(bare) - edge.page, edge.is_top].append(edge)
    yield from (edge for group in offsets.values() if len(group) > 1 for edge in group)


def _is_page_number(edge: Edge) -> bool:
    alone = edge.gap > 1.9 and edge.is_outer
    return alone and bool(_PAGE_NUMBER.match(edge.text))


def _notes(edges: Iterable[Edge], kind: str) -> Iterator[Note]:
    """Yield each wording once, omitting the numbers of pages."""
    seen: set[str] = set()
    for edge in edges:
        pattern = _NUMBERS.sub("#", edge.text)
        if pattern not in seen and not _PAGE_NUMBER.match(edge.text):
            seen.add(pattern)
            yield Note(text=edge.text, kind=kind)
