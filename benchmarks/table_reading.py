"""What readers give for tables (lines with names, Markdown, HTML), as rows of named values.

One way for all readers. A line is parted at `; `, ` | ` or a tab, and each part at `: ` into the
names and the value. Rows without names stand in a `Grid`, which can be read in several `WAYS`: its
header rows, as marked, or its first row or two name the columns, or a cell names the next one.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html.parser import HTMLParser
from itertools import groupby

from msgspec import Struct

_DIVIDER = re.compile(r"\|?[\s:|+-]*-[\s:|+-]*\|?\Z")
_PARTS = re.compile(r"\s*;\s+|\s+\|\s+|\t+")
_PIPE = re.compile(r"(?<!\\)\|")
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_TOKEN = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]|[^\W\u3040-\u9fff\uac00-\ud7af_]+|[%€$£¥#№°]")
_MARKS = re.compile(r"[*_`~\\]|\s+")


class Entry(Struct, frozen=True):
    """A value and the names that the text puts before it."""

    names: tuple[str, ...]
    value: str


class Row(Struct, frozen=True, kw_only=True):
    """The entries of one row; a line of prose has none."""

    text: str
    parts: int = 1
    entries: Sequence[Entry] = ()


class Grid(Struct, frozen=True, kw_only=True):
    """Rows of cells, of which the first `headers` are said to name the columns, if that is said."""

    rows: Sequence[Sequence[str]]
    headers: int | None = None


class Piece(Struct, frozen=True, kw_only=True):
    """One chunk or document: its section's path, and its lines and grids in order."""

    path: str = ""
    items: Sequence[Row | Grid]


def tokens(text: str) -> list[str]:
    """Return the words, numbers and currency signs of a text, for comparison."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())


def key(value: str) -> str:
    """Return a value without spaces and marks of emphasis, for comparison."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", _LINK.sub(r"\1", value)).casefold())


def piece_of(text: str, path: str = "") -> Piece:
    """Return what a text in lines, Markdown or HTML holds."""
    items: list[Row | Grid] = []
    start = 0
    for found in _TABLE.finditer(text):
        items += _of_lines(text[start : found.start()])
        items += grids_of_html(found[0])
        start = found.end()
    return Piece(path=path, items=[*items, *_of_lines(text[start:])])


def _of_lines(text: str) -> Iterator[Row | Grid]:
    lines = [line.strip() for line in html.unescape(text).splitlines() if line.strip()]
    for is_pipe, run in groupby(lines, key=lambda line: line.startswith("|")):
        if is_pipe:
            yield from _pipe_tables(list(run))
        else:
            yield from _plain(run)


def _pipe_tables(lines: Sequence[str]) -> Iterator[Grid]:
    """Yield the Markdown tables of consecutive lines that begin with a bar."""
    starts = [n - 1 for n, line in enumerate(lines) if n and _DIVIDER.match(line)] or [0]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        rows = [_pipe_cells(line) for line in lines[start:end] if not _DIVIDER.match(line)]
        yield Grid(rows=rows, headers=1 if len(rows) < end - start else None)


def _pipe_cells(line: str) -> list[str]:
    cells = _PIPE.split(line.strip().removeprefix("|").removesuffix("|"))
    return [_clean(cell.replace("\\|", "|")) for cell in cells]


def _plain(lines: Iterable[str]) -> Iterator[Row | Grid]:
    """Yield lines as rows; consecutive ones without names, but of several parts, are a grid."""
    rows = [(line, [part for part in _PARTS.split(line) if part]) for line in lines]
    for is_bare, run in groupby(rows, key=lambda row: _is_bare(row[1])):
        if is_bare:
            yield Grid(rows=[_PARTS.split(line) for line, _ in run])
        else:
            yield from (_line(line, parts) for line, parts in run)


def _is_bare(parts: Sequence[str]) -> bool:
    """Return whether a line has several parts and none of them names its value."""
    return len(parts) > 1 and not any(": " in part for part in parts)


def _line(text: str, parts: Sequence[str]) -> Row:
    return Row(text=text, parts=len(parts), entries=list(_entries((), parts)))


def _entries(names: tuple[str, ...], parts: Iterable[str]) -> Iterator[Entry]:
    for part in parts:
        yield Entry(names, part)
        *more, value = re.split(r":\s+|：|\s+=\s+|\s+[→]\s+", part)  # noqa: RUF001
        if more:
            yield Entry((*names, *more), value)


WAYS = ("as marked", "first row names columns", "first two rows do", "name left of value")


def readings(grid: Grid) -> list[list[Row]]:
    """Return a grid read in each of `WAYS`, in that order."""
    marked = 1 if grid.headers is None else grid.headers
    return [
        list(_with_headers(grid.rows, marked, spanning=marked > 1)),
        list(_with_headers(grid.rows, 1)),
        list(_with_headers(grid.rows, 2, spanning=True)),
        [_pairs(cells) for cells in grid.rows],
    ]


def _with_headers(
    rows: Sequence[Sequence[str]], count: int, *, spanning: bool = False
) -> Iterator[Row]:
    """Yield rows below `count` headers; a row of one text is a label, or `spanning`, a header."""
    names: list[Sequence[str]] = []
    for cells in rows:
        if len(_distinct(cells)) < 2 and not (spanning and len(names) < count):
            yield _line(" ".join(_distinct(cells)), _distinct(cells))
        elif len(names) < count:
            names.append(cells)
            yield Row(text="")
        else:
            yield _named(names, cells)


def _named(headers: Sequence[Sequence[str]], cells: Sequence[str]) -> Row:
    entries: list[Entry] = []
    for place, cell in enumerate(cells):
        names = [header[place] for header in headers if place < len(header) and header[place]]
        if cell:
            entries += _entries(tuple(dict.fromkeys(names)), [cell])
    return Row(text=" | ".join(cells), parts=len(_distinct(cells)), entries=entries)


def _pairs(cells: Sequence[str]) -> Row:
    filled = _distinct(cells, adjacent_only=True)
    pairs = zip(filled[::2], filled[1::2], strict=False)
    entries = [Entry((name.rstrip(" :"),), value) for name, value in pairs]
    entries += _entries((), filled)
    return Row(text=" | ".join(cells), parts=len(filled), entries=entries)


def _distinct(cells: Sequence[str], *, adjacent_only: bool = False) -> list[str]:
    filled = [cell for cell in cells if cell]
    if adjacent_only:
        return [text for text, _ in groupby(filled)]
    return list(dict.fromkeys(filled))


def _clean(text: str) -> str:
    return " ".join(_TAG.sub("", text.replace("<br>", " ")).split())


def grids_of_html(text: str) -> list[Grid]:
    """Return the tables of HTML, spans filled; a nested one also stands in its cell as text."""
    parser = _Tables()
    parser.feed(text)
    parser.close()
    return parser.grids


class _Cell(Struct):
    text: str
    down: int
    across: int
    is_header: bool


class _Tables(HTMLParser):
    """Collects tables; innermost first."""

    def __init__(self) -> None:
        super().__init__()
        self.grids: list[Grid] = []
        self._open: list[list[list[_Cell]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
        elif self._open and tag == "tr":
            self._open[-1].append([])
        elif self._open and tag in ("td", "th"):
            spans = dict(attrs)
            down, across = (_span(spans.get(name)) for name in ("rowspan", "colspan"))
            if not self._open[-1]:
                self._open[-1].append([])
            self._open[-1][-1].append(_Cell("", down, across, tag == "th"))
        elif tag in ("br", "p", "div", "li", "tr"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for rows in self._open:
            if rows and rows[-1]:
                rows[-1][-1].text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self.grids.append(_filled(self._open.pop()))
        elif tag in ("p", "div", "li", "td", "th"):
            self.handle_data(" ")


def _span(value: str | None) -> int:
    return max(1, min(1000, int(value))) if value and value.isdigit() else 1


def _filled(rows: Sequence[Sequence[_Cell]]) -> Grid:
    """Return a grid in which a merged cell's text stands wherever it reaches."""
    placed: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in placed:
                x += 1
            covered = [(y + d, x + a) for d in range(cell.down) for a in range(cell.across)]
            placed.update(dict.fromkeys(covered, " ".join(cell.text.split())))
    width = max((x + 1 for _, x in placed), default=0)
    cells = [[placed.get((y, x), "") for x in range(width)] for y in range(len(rows))]
    marked = [bool(row) and all(cell.is_header for cell in row) for row in rows]
    return Grid(rows=cells, headers=marked.index(False) if False in marked else len(rows))
