"""Tables as self-contained lines for search and answers, and as Markdown for people and models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from msgspec import Struct

from ragtenancy.domain.parsed import Table

BETWEEN_CELLS = "; "
BETWEEN_VALUES = " | "
LONGEST_NAME = 100
DISTINCT = 0.75
FEWEST_COLUMNS = 2
_COLONS = ":： "  # noqa: RUF001 - as written


class Field(Struct, frozen=True, gc=False):
    """A value with the name of its column, empty if it has none."""

    name: str
    value: str

    @property
    def text(self) -> str:
        """The value after its name."""
        return _texts([self])[0]


def _texts(fields: Sequence[Field]) -> list[str]:
    return [f"{field.name}: {field.value}" if field.name else field.value for field in fields]


class Line(Struct, frozen=True, gc=False):
    """A row that stands alone: what names it, then its other values.

    `between` separates the values.
    """

    names: Sequence[Field]
    fields: Sequence[Field] = ()
    between: str = BETWEEN_CELLS

    @property
    def text(self) -> str:
        """The row in one line."""
        return f"{self.lead}{self.between.join(_texts(self.fields))}"

    @property
    def size(self) -> int:
        """The characters of its text, counted without joining them; separators count as two."""
        fields = (*self.names, *self.fields)
        return sum([len(field.name) + len(field.value) + 2 for field in fields])

    @property
    def lead(self) -> str:
        """The names, with what separates them from the values."""
        shown = BETWEEN_CELLS.join(_texts(self.names))
        if not shown or not self.fields:
            return shown
        return f"{shown}{BETWEEN_CELLS if self.between == BETWEEN_CELLS else ': '}"


def table_lines(table: Table) -> list[str]:
    """Return one line per row: `Header: value; Header: value`, `name: value` or `a | b`."""
    return [line.text for line in lines_of(table)]


def lines_of(table: Table) -> Iterator[Line]:
    """Yield a line per row; each begins with its section, and repeats the header.

    A table of headers alone gives its rows unchanged. The headers of empty columns are on a line of
    their own.
    """
    rows = filled_rows(table)
    headers = [row for row in rows[: table.header_rows] if any(row)]
    body = [(at, row) for at, row in enumerate(rows) if at >= table.header_rows and any(row)]
    if not body:
        yield from (_values(row) for row in table.rows if any(row))
        return
    names = column_names(headers)
    unused = [Field("", name) for name in _unused(names, body)]
    if unused:
        yield Line([], unused, BETWEEN_VALUES)
    yield from _body_lines(table, names, body)


def filled_rows(table: Table) -> list[list[str]]:
    """Return the cells in single lines, each merged one in every place for which it holds."""
    rows = [[" ".join(cell.split()) for cell in row] for row in table.rows]
    for span in table.spans:
        text = rows[span.row][span.column]
        for row in rows[span.row : span.row + span.down]:
            row[span.column : span.column + span.across] = [text] * span.across
    return rows


def _body_lines(
    table: Table, names: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]
) -> Iterator[Line]:
    section_rows = frozenset(table.section_rows)
    naming = _naming_columns([row for at, row in body if at not in section_rows])
    above: list[Field] = []
    run: list[Field] = []
    width = max(len(row) for _, row in body)
    names = [*names, *[""] * (width - len(names))] if names else names
    for at, row in body:
        if at in section_rows:
            run.append(Field("", next(filter(None, row))))
            continue
        if run:
            above = [*above[: -len(run)], *run] if len(run) < len(above) else run
            run = []
        yield _named_row(names, row, above, naming) if names else _bare_row(row, above, table)
    if run:
        yield Line([], run, BETWEEN_VALUES)


def _named_row(
    names: Sequence[str], row: Sequence[str], above: Sequence[Field], naming: int
) -> Line:
    fields = [Field(name, text) for name, text in zip(names, row, strict=False) if text]
    of_row = [field for field in fields[:naming] if len(field.value) <= LONGEST_NAME]
    return Line([*above, *of_row], fields[len(of_row) :])


def _naming_columns(body: Sequence[Sequence[str]]) -> int:
    """Return how many leading columns name a row: two if one recurs and both together do not."""
    first = [row[0] for row in body if row and row[0]]
    if len(first) * 2 < len(body) or any(len(row) < FEWEST_COLUMNS for row in body):
        return 0
    if len(set(first)) >= DISTINCT * len(first):
        return 1
    pairs = {tuple(row[:FEWEST_COLUMNS]) for row in body}
    return 2 if len(pairs) >= DISTINCT * len(body) else 1


def _bare_row(row: Sequence[str], above: Sequence[Field], table: Table) -> Line:
    """Return a row without column names: `name: value`, or values whose places stay apart."""
    texts = list(row)
    while texts and not texts[-1]:
        texts.pop()
    named = [text.rstrip(_COLONS) for text in texts[: table.header_columns] if text]
    values = [Field("", text) for text in texts[table.header_columns :]]
    if not values:
        return Line([*above], [Field("", text) for text in named], BETWEEN_VALUES)
    return Line([*above, *(Field("", name) for name in named)], values, BETWEEN_VALUES)


def column_names(headers: Sequence[Sequence[str]]) -> list[str]:
    """Return one name per column, the texts of its header cells from top to bottom."""
    width = max(map(len, headers), default=0)
    flat = cache(_flat)
    columns = [
        [flat(row[x]).rstrip(_COLONS) for row in headers if x < len(row)] for x in range(width)
    ]
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _unused(names: Sequence[str], body: Sequence[tuple[int, Sequence[str]]]) -> list[str]:
    """Return the names of empty columns."""
    empty = list(range(len(names)))
    for _, row in body:
        empty = [x for x in empty if x >= len(row) or not row[x]]
        if not empty:
            return []
    spoken = {names[x] for x in {*range(len(names))}.difference(empty)}
    return [names[x] for x in empty if names[x] and names[x] not in spoken]


def _values(row: Sequence[str]) -> Line:
    return Line([], [Field("", text) for text in map(_flat, row) if text], BETWEEN_VALUES)


def _flat(cell: str) -> str:
    return " ".join(cell.split())


def markdown_lines(table: Table) -> list[str]:
    """Return the table in Markdown; sections, and the names in a form, are bold.

    Several header rows become one. Without a header the first line is empty, as Markdown asks.
    """
    width = max(map(len, table.rows), default=0)
    rows = filled_rows(table)
    names = column_names(rows[: table.header_rows])
    head = [*names, *[""] * (width - len(names))]
    lines = [_markdown_row(head), _markdown_row(["---"] * width)]
    for at, row in enumerate(rows[table.header_rows :], table.header_rows):
        is_bold = at in table.section_rows
        bold = 1 if is_bold else 0 if table.header_rows else table.header_columns
        lines.append(_markdown_row([_bold(c) if x < bold else c for x, c in enumerate(row)]))
    return lines


def _bold(cell: str) -> str:
    return f"**{_flat(cell)}**" if cell.strip() else ""


def _markdown_row(cells: Sequence[str]) -> str:
    shown = (_flat(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(shown)} |"
