"""Tables as self-contained lines."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.domain.parsed import Table


def table_lines(table: Table) -> list[str]:
    """Return one line per row: `Header: value; Header: value`, or `a | b` without a header.

    The header is repeated with each row; a table of headers alone gives its rows unchanged. The
    headers of empty columns are on a line of their own.
    """
    headers = [row for row in table.rows[: table.header_rows] if any(row)]
    body = table.rows[table.header_rows :]
    if not headers or not any(any(row) for row in body):
        return [" | ".join(_words(row)) for row in table.rows if any(row)]
    names = _column_names(headers)
    rows = [_row(names, row) for row in body if any(row)]
    unused = " | ".join(_unused(names, body))
    return [unused, *rows] if unused else rows


def _column_names(headers: Sequence[Sequence[str]]) -> list[str]:
    """Return one name per column; a merged header names every column that it covers."""
    width = max(len(row) for row in headers)
    columns: list[list[str]] = [[] for _ in range(width)]
    for row in headers:
        covering = ""
        for column in range(width):
            cell = _flat(row[column]) if column < len(row) else ""
            covering = cell or (covering if row is not headers[-1] else "")
            if covering and covering not in columns[column]:
                columns[column].append(covering)
    return [" ".join(names) for names in columns]


def _unused(names: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    """Return the names of empty columns."""
    used = {column for row in body for column, cell in enumerate(row) if _flat(cell)}
    spoken = {names[column] for column in used if column < len(names)}
    return [n for column, n in enumerate(names) if column not in used and n and n not in spoken]


def _row(names: Sequence[str], row: Sequence[str]) -> str:
    cells = []
    for column, cell in enumerate(row):
        text = _flat(cell)
        if text:
            name = names[column] if column < len(names) else ""
            cells.append(f"{name}: {text}" if name and name != text else text)
    return "; ".join(cells)


def _words(row: Sequence[str]) -> list[str]:
    return [text for text in map(_flat, row) if text]


def _flat(cell: str) -> str:
    return " ".join(cell.split())
