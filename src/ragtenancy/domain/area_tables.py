"""The tables of an area: its rows, sections and merged cells; in parts if notes stand between."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import takewhile

from ragtenancy.domain.areas import Area
from ragtenancy.domain.cells import EMPTY, Cell, CellKind, ends_with_colon
from ragtenancy.domain.header_evidence import is_flagged, says_the_same
from ragtenancy.domain.parsed import Block, Paragraph, Span, Table
from ragtenancy.domain.table_shapes import (
    PAIR,
    Shape,
    cells_once,
    header_texts,
    likeliest_shape,
    names_columns,
    under_groups,
)

LONGEST_REPEATED = 200  # characters of a merged cell that each row repeats
FEWEST_SECTION_POINTS = 3


def tables_of(area: Area, caption: str) -> Iterator[Block]:
    """Yield an area's table, in parts where notes or further header rows stand between its rows."""
    area = under_groups(area)
    shape = likeliest_shape(area)
    sections = _sections(area, shape.header_rows)
    if caption and not shape.header_rows and sections:
        area, caption = _with_first_section(area, caption), ""
        sections = [0, *(y + 1 for y in sections)]
    if shape.is_form:
        yield _form(area, sections, caption)
        return
    head = range(shape.header_rows)
    end = _next_head(area, shape.header_rows)
    for kept, note in _parts(area, range(shape.header_rows, end)):
        if note:
            yield Paragraph(text=note)
        elif kept:
            part = area.only_rows([*head, *kept]).with_gaps(shape.header_rows)
            heads = {area.ys[y] for y in sections}
            own = [at for at, y in enumerate(part.ys) if at >= len(head) and y in heads]
            yield _table(part, shape, own, caption)
    if end < area.height:
        yield from tables_of(area.from_row(end).used(), caption)


def _with_first_section(area: Area, title: str) -> Area:
    """Return a table with the name of its first section, which looked like its title."""
    first = Cell(row=area.ys[0] - 1, column=area.xs[0], text=title)
    row = [first, *[EMPTY] * (area.width - 1)]
    return Area([row, *area.rows], [area.ys[0] - 1, *area.ys], area.xs)


def _parts(area: Area, body: range) -> Iterator[tuple[list[int], str]]:
    """Yield runs of body rows, and the notes between them."""
    kept: list[int] = []
    lone = area.lone_cells()
    repeated = {y for y in body if _repeats_header(area, y, body.start)}
    if len(repeated) == len(body):
        repeated = set()
    for y in body:
        cell = lone.get(y)
        if cell is not None and cell.across >= area.width > 1 and cell.kind is CellKind.PROSE:
            yield kept, ""
            yield [], cell.text
            kept = []
        elif y not in repeated:
            kept.append(y)
    yield kept, ""


def _repeats_header(area: Area, y: int, head: int) -> bool:
    """Return whether a row repeats the header, as after a page break: marked, or without a name."""
    row = area.rows[y]
    first = row[0]
    if not head or (first.text and not (first.is_header or first.is_bold)):
        return False
    if not says_the_same(row, area.rows[head - 1]):
        return False
    return not first.text or all(cell.is_header or cell.is_bold for cell in row if cell.text)


def _next_head(area: Area, head: int) -> int:
    """Return the first row below a body row that the file marks as a header, else the height."""
    if not head:
        return area.height
    found = (
        y
        for y in range(head + 1, area.height - 1)
        if names_columns(area, y)
        and len(area.shown(y)) > 1
        and not _repeats_header(area, y, head)
        and not is_flagged(area.rows[y - 1])
    )
    return next(found, area.height)


def _form(area: Area, heads: Sequence[int], caption: str) -> Table:
    """Return a form as one label and its value a row, in reading order."""
    rows: list[list[Cell]] = []
    sections: list[int] = []
    for y in range(area.height):
        if y in heads:
            sections.append(len(rows))
            rows.append([area.shown(y)[0], EMPTY])
            continue
        cells = [*cells_once(area, y), EMPTY]
        pairs = [cells[x : x + PAIR] for x in range(0, len(cells) - 1, PAIR)]
        rows += [[name, value] for name, value in pairs if name.text or value.text]
    merged = _merged(rows)
    return Table(
        rows=_texts(rows, merged),
        header_columns=1,
        section_rows=tuple(sections),
        spans=tuple(_spans(rows, merged, 0, sections)),
        caption=caption,
    )


# -- sections


def _sections(area: Area, head: int) -> list[int]:
    """Return the rows that head a group: one cell across the table, or alone in its row."""
    alone = area.lone_cells()
    lone = {y: cell for y, cell in alone.items() if head <= y < area.height - 1}
    wide = [y for y, cell in lone.items() if cell.across > 1 and cell.kind is not CellKind.PROSE]
    plain = [
        y
        for y, cell in lone.items()
        if y not in wide and cell.column == area.xs[0] and cell.kind is not CellKind.PROSE
    ]
    if plain and _section_points(area, plain, head) >= FEWEST_SECTION_POINTS:
        return sorted([*wide, *plain])
    return wide


def _section_points(area: Area, plain: Sequence[int], head: int) -> int:
    """Return the evidence that rows with a first cell alone are headings, not rows with gaps."""
    alone = area.lone_cells()
    others = [y for y in range(head, area.height) if y not in alone]
    if not others:
        return 0
    heads = [area.rows[y][0] for y in plain]
    names = [area.rows[y][0] for y in others]
    shown = [name.text for name in names if name.text]
    return (
        3 * (_stand_out(heads, names) or not any(shown))
        + 2 * all(ends_with_colon(cell.text) for cell in heads)
        + 2 * (len(set(shown)) < len(shown))
        + (head in plain)
        + (len(plain) > 1)
        + all(cell.text for y in others for cell in area.rows[y])
        - 2 * (area.lone(area.height - 1) is not None)
    )


def _stand_out(heads: Sequence[Cell], names: Sequence[Cell]) -> bool:
    marked = all(cell.is_bold or cell.is_shaded or cell.is_header for cell in heads)
    return marked and not any(cell.is_bold or cell.is_shaded or cell.is_header for cell in names)


# -- the table


def _table(area: Area, shape: Shape, sections: Sequence[int], caption: str) -> Table:
    head = shape.header_rows
    rows = [*header_texts(area, head), *area.rows[head:]]
    lone = {y for y in area.lone_cells() if y >= head}
    merged = _merged(rows, head)
    return Table(
        rows=_texts(rows, merged),
        header_rows=head,
        header_columns=shape.header_columns,
        section_rows=tuple(sections),
        spans=tuple(_spans(rows, merged, head, lone)),
        caption=caption,
    )


def _texts(rows: Sequence[Sequence[Cell]], merged: Sequence[int]) -> list[list[str]]:
    """Return the texts of rows, those of merged cells in their first places."""
    texts = [[cell.text for cell in row] for row in rows]
    for y in merged:
        texts[y] = [text if _is_first(rows, y, x) else "" for x, text in enumerate(texts[y])]
    return texts


def _merged(rows: Sequence[Sequence[Cell]], head: int = 0) -> list[int]:
    """Return the rows in which a cell may cover several places: all of the header."""
    return [
        y
        for y, row in enumerate(rows)
        if y < head or [cell for cell in row if cell.down > 1 or cell.across > 1]
    ]


def _is_first(rows: Sequence[Sequence[Cell]], y: int, x: int) -> bool:
    cell = rows[y][x]
    return not (x and rows[y][x - 1] is cell) and not (y and rows[y - 1][x] is cell)


def _spans(
    rows: Sequence[Sequence[Cell]], merged: Sequence[int], head: int, lone: Collection[int]
) -> Iterator[Span]:
    """Yield the merged cells that count: across columns only if these have names."""
    for y in merged:
        row = rows[y]
        for x, cell in enumerate(row):
            if not cell.text or not _is_first(rows, y, x):
                continue
            down = _run(cell, (rows[at][x] for at in range(y, len(rows))))
            counts = y < head or (head and x and y not in lone)
            across = _run(cell, (row[at] for at in range(x, len(row)))) if counts else 1
            if down * across > 1 and len(cell.text) <= LONGEST_REPEATED:
                yield Span(row=y, column=x, down=down, across=across)


def _run(cell: Cell, places: Iterable[Cell]) -> int:
    """Return how many of the first places a cell covers."""
    return sum(1 for _ in takewhile(lambda each: each is cell, places))
