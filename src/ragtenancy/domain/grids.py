"""Grids of cells as files hold them, and the blocks that they mean.

Every reader of tables (Word, Excel, HTML, PowerPoint, CSV, Markdown, PDF) places its cells in a
`Grid`; only this module decides which cell names which, by the evidence of `header_evidence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from ragtenancy.domain.area_tables import tables_of
from ragtenancy.domain.areas import Area, columns_apart, placed, rows_apart
from ragtenancy.domain.captions import LONGEST_CAPTION, is_footing, is_unit_note, joined_caption
from ragtenancy.domain.cells import Cell, CellKind, kind_of
from ragtenancy.domain.header_evidence import fits_below, form_score
from ragtenancy.domain.parsed import Block, Paragraph
from ragtenancy.domain.table_shapes import header_depth, is_named

__all__ = ["Cell", "Grid", "blocks_of", "grid_of_texts"]


FEWEST_ROWS = 2


class Grid(Struct, frozen=True, kw_only=True):
    """The cells of one table or sheet in any order, and the caption that the file gives it.

    `is_table`: the file bounds it as one table; otherwise empty rows and columns part tables.
    """

    cells: Sequence[Cell]
    caption: str = ""
    is_table: bool = False


def grid_of_texts(rows: Iterable[Sequence[str]]) -> Grid:
    """Return rows of texts, without spans or marks, as a grid; empty texts take their place."""
    return Grid(
        cells=[
            Cell(row=y, column=x, text=text)
            for y, row in enumerate(rows)
            for x, text in enumerate(row)
            if text
        ]
    )


def blocks_of(grid: Grid) -> list[Block]:
    """Return a grid's tables and the prose between them, in order."""
    area = placed(grid.cells)
    if grid.is_table:
        return list(_read(area.keeping_gaps(), [grid.caption] if grid.caption else []))
    blocks: list[Block] = []
    pending = [grid.caption] if grid.caption else []
    for run in _continued(rows_apart(area)):
        lone = _lone_texts(run)
        if len(lone) == run.height:
            blocks += map(_paragraph, pending)
            blocks += map(_paragraph, [] if _is_title(lone) else lone)
            pending = lone if _is_title(lone) else []
            continue
        titles, rest = _below_titles(run)
        parts = columns_apart(rest)
        above = [*pending, *titles]
        if len(parts) > 1 and not all(map(is_unit_note, above)):
            blocks += map(_paragraph, above)
            above = []
        for part in parts:
            blocks += _read(part.used(), above)
        pending = []
    return blocks + list(map(_paragraph, pending))


def _paragraph(text: str) -> Block:
    return Paragraph(text=text)


def _is_title(texts: Sequence[str]) -> bool:
    """Return whether lone rows may be the caption of the table that follows."""
    joined = joined_caption(texts)
    is_prose = any(kind_of(text) is CellKind.PROSE and not is_unit_note(text) for text in texts)
    return len(joined) <= LONGEST_CAPTION and not is_prose and not is_footing(texts[0])


def _lone_texts(area: Area) -> list[str]:
    """Return the texts of rows with one cell each, from the top."""
    texts: list[str] = []
    for y in range(area.height):
        lone = area.lone(y)
        if lone is None:
            break
        texts.append(lone.text)
    return texts


def _below_titles(area: Area) -> tuple[list[str], Area]:
    """Return the lone rows above a table, and the rest.

    A lone cell that begins right of the first column groups the columns below it.
    """
    at = 0
    while at < area.height - 1:
        lone = area.lone(at)
        if lone is None or (lone.column > area.xs[0] and lone.across < area.width):
            break
        at += 1
    return [area.shown(y)[0].text for y in range(at)], area.from_row(at)


def _continued(runs: Iterable[Area]) -> Iterator[Area]:
    """Yield runs of rows, joined where one goes on after an empty row."""
    last: Area | None = None
    for run in runs:
        if last is not None and (_goes_on(last, run) or _names_what_follows(last, run)):
            last = last.joined(run)
        else:
            if last is not None:
                yield last
            last = run
    if last is not None:
        yield last


def _goes_on(above: Area, below: Area) -> bool:
    """Return whether rows continue a table with a header: the same columns and kinds of value."""
    if set(below.used().xs) - set(above.used().xs) or below.lone(0) is not None:
        return False
    _, table = _below_titles(above)
    depth = header_depth(table)
    if not depth or depth >= table.height or is_named(below):
        return False
    first = below.rows[0]
    marked = all(cell.is_bold or cell.is_header for cell in first if cell.text)
    return not marked and fits_below(first, table.rows[depth:])


def _names_what_follows(above: Area, below: Area) -> bool:
    """Return whether rows are the header of the table below, parted from it by an empty row."""
    titles, head = _below_titles(above)
    columns = below.used().xs
    if titles or not columns or head.height == 0 or is_named(below) or below.lone(0) is not None:
        return False
    names_all = list(head.used().xs) == list(columns) and head.width > FEWEST_ROWS
    names_others = list(head.used().xs) == list(columns[1:]) and head.width > 1
    return (names_all or names_others) and header_depth(above.joined(below)) == above.height


def _read(area: Area, above: Sequence[str]) -> Iterator[Block]:
    """Yield a part's blocks: its titles, facts about it, the table, its notes."""
    titles, table = _below_titles(area)
    captions = [*above, *titles]
    if not table.height:
        yield from map(_paragraph, captions)
        return
    if table.height == 1 and table.lone(0) is not None:
        yield from map(_paragraph, [*captions, table.shown(0)[0].text])
        return
    table, notes = _above_notes(table)
    facts = _facts_above(table)
    if facts:
        yield from tables_of(table.until_row(facts).used(), joined_caption(captions))
        yield from _read(table.from_row(facts).used(), [])
    else:
        prose = [text for text in captions if len(joined_caption(captions)) > LONGEST_CAPTION]
        yield from map(_paragraph, prose)
        yield from tables_of(table, "" if prose else joined_caption(captions))
    yield from map(_paragraph, notes)


def _above_notes(area: Area) -> tuple[Area, list[str]]:
    """Return a table without the notes in its last rows, and those."""
    end = area.height
    while end > 1:
        lone = area.lone(end - 1)
        if lone is None or not _is_note(lone, area):
            break
        end -= 1
    return area.until_row(end), [area.shown(y)[0].text for y in range(end, area.height)]


def _is_note(lone: Cell, area: Area) -> bool:
    is_wide = lone.across >= area.width > 1 and area.height > FEWEST_ROWS
    return is_wide or lone.kind is CellKind.PROSE or is_footing(lone.text)


def _facts_above(area: Area) -> int:
    """Return how many rows of labels and values stand above a wider table with a header."""
    at = 0
    while at < area.height and _is_fact(area, at):
        at += 1
    if not 0 < at < area.height - 1 or area.width < 3 or len(area.shown(at)) < 3:
        return 0
    facts = [row[:2] for row in area.rows[:at]]
    return at if form_score(facts, [0]) > 0 and is_named(area.from_row(at)) else 0


def _is_fact(area: Area, y: int) -> bool:
    first, second, *others = [*area.rows[y], *area.rows[y][:1]][: max(area.width, 2)]
    return bool(first.text and second.text) and not any(cell.text for cell in others)
