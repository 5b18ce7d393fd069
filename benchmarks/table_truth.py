"""What the tables of files say, as triples of a row's name, a column's name and a value.

`data/tables.txt` holds transcriptions by hand, in this notation:

    @ folder/file.docx         the file, under docx/ of the judged data
    table [ROWS]               the next line names the columns; the first ROWS (1) cells name a row
    form                       each line is a name and its value
    rows                       no header: the first cell of a line names it
    ^ Expenses                 what the following rows are about: a section row, or the caption

Cells are parted by ` | `, levels of a name by ` > `; an empty cell says nothing. So does a form
control that still shows its prompt (`Choose an item.`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

_KIND = re.compile(r"(table|form|rows)( \d)?\Z")
TRANSCRIBED = Path(__file__).parent / "data" / "tables.txt"
BETWEEN = " | "
LEVEL = " > "


class Triple(Struct, frozen=True, kw_only=True):
    """A value, the parts of its row's and of its column's name, and what its rows are about."""

    row: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    value: str
    label: str = ""


class Truth(Struct, frozen=True, kw_only=True):
    """The triples of one table by rows, and the names of the columns that name its rows."""

    shape: str
    triples: Sequence[Triple]
    corner: str = ""

    def strings(self) -> set[str]:
        """Return every name and value."""
        found = {triple.value for triple in self.triples} | {t.label for t in self.triples}
        for triple in self.triples:
            found.update(triple.row, triple.column)
        return found - {""}


def transcribed(lines: Iterable[str]) -> dict[str, list[Truth]]:
    """Return the tables of each file."""
    files: dict[str, list[Truth]] = {}
    file, kind = "", ""
    held: list[str] = []
    for line in [*map(str.rstrip, lines), "@ "]:
        if line.startswith("@ ") or _KIND.match(line):
            if held:
                files.setdefault(file, []).append(truth_of(kind, held))
            file, kind, held = (line[2:], "", []) if line.startswith("@ ") else (file, line, [])
        elif line:
            held.append(line)
    return files


def truth_of(kind: str, lines: Sequence[str]) -> Truth:
    """Return what the lines of one table say."""
    word, _, count = kind.partition(" ")
    named = int(count or "1")
    head = next((line for line in lines if not line.startswith("^")), "")
    corner = " ".join(_cells(head)[:named]) if word == "table" else ""
    return Truth(shape=word, triples=list(_triples(word, named, lines)), corner=corner)


def _triples(kind: str, named: int, lines: Sequence[str]) -> Iterator[Triple]:
    label = ""
    columns: tuple[tuple[str, ...], ...] | None = None if kind == "table" else ()
    for line in lines:
        cells = _cells(line)
        if line.startswith("^"):
            label = line[1:].strip()
        elif columns is None:
            columns = tuple(_levels(cell) for cell in cells)
        elif kind == "form":
            yield Triple(column=_levels(cells[0]), value=cells[1], label=label)
        else:
            yield from _of_row(cells, columns, named, label)


def _of_row(
    cells: Sequence[str], columns: Sequence[tuple[str, ...]], named: int, label: str
) -> Iterator[Triple]:
    row = tuple(part for cell in cells[:named] for part in _levels(cell))
    for place, value in enumerate(cells[named:], start=named):
        column = columns[place] if columns else ()
        if value:
            yield Triple(row=row, column=column, value=value, label=label)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split(BETWEEN.strip())]


def _levels(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in name.split(LEVEL.strip()) if part.strip())
