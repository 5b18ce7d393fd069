"""The cells of a sheet in a grid: without hidden rows and columns, and without wide gaps."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

from msgspec import Struct, structs

from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.merging import without_covered
from ragtenancy.adapters.formats.xlsx.notes import Place
from ragtenancy.adapters.formats.xlsx.sheets import Range, Sheet, SheetCell, place_name
from ragtenancy.domain.grids import Cell, Grid
from ragtenancy.domain.parsed import Block, Note

PLACES = 5_000_000
_MOST_TITLE_ROWS = 10


class Marks(Struct, frozen=True, kw_only=True):
    """What a file says about rows: headers and totals of its tables, rows that stay in sight."""

    headers: Sequence[Range] = ()
    totals: Sequence[Range] = ()
    rows: int = 0


class Placed(Struct, frozen=True, kw_only=True):
    """A sheet's grid, and the notes on cells that are no value of a row."""

    grid: Grid
    notes: Sequence[Block]


def placed(sheet: Sheet, notes: Mapping[Place, str], marks: Marks, unread: Unread) -> Placed:
    """Return the visible cells in a grid. Raises `UnreadableDocumentError` (`too_many_cells`).

    Empty rows and columns between filled ones shrink to one, so that a cell far away costs nothing.
    """
    uncovered, merged = without_covered(sheet, _columns(sheet), unread)
    cells = _visible(sheet, uncovered, unread)
    rows = _Axis({row for row, _ in cells}, sheet.hidden_rows)
    columns = _Axis({column for _, column in cells}, _columns(sheet))
    if rows.length * columns.length > PLACES:
        raise unreadable("too_many_cells", limit=PLACES)
    names = _Names(cells, marks)
    spans = {(area.top, area.left): area for area in merged}
    placed_cells: list[Cell] = []
    kept: list[Block] = []
    for place, cell in sorted(cells.items(), key=itemgetter(0)):
        row, column = place
        text, note = cell.text, notes.get(place, "")
        if note and names.is_name(row, column):
            kept.append(_note(row, column, text, note))
        elif note:
            text = f"{text} [note: {note}]"
        made = Cell(
            row=rows.places[row],
            column=columns.places[column],
            text=text,
            is_bold=cell.style.bold,
            is_shaded=cell.style.shaded,
            is_number=cell.is_number,
        )
        if row in names.rows:
            made = structs.replace(
                made,
                is_header=names.is_header(row, column),
                is_bold=made.is_bold or names.is_total(row, column),
            )
        if place in spans:
            area = spans[place]
            down, across = rows.count(row, area.bottom), columns.count(column, area.right)
            made = structs.replace(made, down=down, across=across)
        placed_cells.append(made)
    kept += _on_empty_cells(sheet, cells, notes, unread)
    return Placed(grid=Grid(cells=placed_cells), notes=kept)


def _note(row: int, column: int, text: str, note: str) -> Note:
    about = f"{place_name(row, column)} ({text})" if text else place_name(row, column)
    return Note(text=f"Note on {about}: {note}", kind="comment")


def _on_empty_cells(
    sheet: Sheet, cells: Mapping[Place, SheetCell], notes: Mapping[Place, str], unread: Unread
) -> list[Block]:
    """Return the notes on visible cells without content; count the others."""
    hidden = _columns(sheet)
    found: list[Block] = []
    for (row, column), note in sorted(notes.items()):
        if sheet.hides_row(row) or column in hidden:
            unread.add("note on a hidden cell", "notes on hidden cells", "left out")
        elif (row, column) not in cells:
            found.append(_note(row, column, "", note))
    return found


class _Names:
    """Tells which cells the file marks as names of columns, or as totals; `rows` have such cells."""

    def __init__(self, cells: Mapping[Place, SheetCell], marks: Marks) -> None:
        self._headers, self._totals = _by_row(marks.headers), _by_row(marks.totals)
        widths = Counter([row for row, _ in cells])
        self._top = min(widths, default=0)
        limit = marks.rows if marks.rows <= _MOST_TITLE_ROWS else 0
        self._in_sight = {row for row, width in widths.items() if row < limit and width > 1}
        marked = self._headers.keys() | self._totals.keys()
        self.rows = (marked & widths.keys()) | self._in_sight | {self._top}

    def is_header(self, row: int, column: int) -> bool:
        return row in self._in_sight or _within(row, column, self._headers.get(row, ()))

    def is_total(self, row: int, column: int) -> bool:
        return _within(row, column, self._totals.get(row, ()))

    def is_name(self, row: int, column: int) -> bool:
        """Return whether a cell's text will be repeated with each value of its column."""
        return row == self._top or self.is_header(row, column)


def _by_row(areas: Iterable[Range]) -> Mapping[int, Sequence[Range]]:
    found: dict[int, list[Range]] = {}
    for area in areas:
        for row in range(area.top, area.bottom + 1):
            found.setdefault(row, []).append(area)
    return found


def _within(row: int, column: int, areas: Iterable[Range]) -> bool:
    return any(a.top <= row <= a.bottom and a.left <= column <= a.right for a in areas)


def _columns(sheet: Sheet) -> set[int]:
    """Return the hidden columns; each is visited once, however many ranges repeat it."""
    columns: set[int] = set()
    end = 0
    for first, last in sorted(set(sheet.hidden_columns)):
        columns.update(range(max(first, end), last + 1))
        end = max(end, last + 1)
    return columns


def _visible(sheet: Sheet, cells: dict[Place, SheetCell], unread: Unread) -> dict[Place, SheetCell]:
    """Return the cells outside hidden rows and columns, and count those."""
    hidden = _columns(sheet)
    rows = {row for row in {row for row, _ in cells} if sheet.hides_row(row)}
    if not rows and not hidden:
        return cells
    columns = {column for row, column in cells if column in hidden and row not in rows}
    why = "left out"
    if sheet.is_filtered:
        unread.add("row hidden by a filter", "rows hidden by filters", why, len(rows))
    else:
        unread.add("hidden row", "hidden rows", why, len(rows))
    unread.add("hidden column", "hidden columns", why, len(columns))
    return {
        place: c for place, c in cells.items() if place[0] not in rows and place[1] not in columns
    }


class _Axis:
    """Places along one axis: filled ones in order, with one empty place for each gap."""

    def __init__(self, filled: set[int], hidden: set[int]) -> None:
        self._filled = sorted(filled)
        unseen = sorted(hidden)
        self.places: dict[int, int] = {}
        place = -1
        before = None
        for number in self._filled:
            between = 0 if before is None else number - before - 1
            if between and before is not None:
                between -= bisect_left(unseen, number) - bisect_left(unseen, before + 1)
            place += 1 + (between > 0)
            self.places[number] = place
            before = number
        self.length = place + 1

    def count(self, first: int, last: int) -> int:
        """Return how many places a span covers, up to the last filled one."""
        if last <= first:
            return 1
        end = bisect_left(self._filled, last + 1) - 1
        return max(1, self.places[self._filled[end]] - self.places[first] + 1)
