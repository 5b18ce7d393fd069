"""Cells and rows of a table as answers, and the cells that can name a row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.adapters.extractive.units import Table, Unit
from ragtenancy.adapters.extractive.values import Bound, offers, with_unit
from ragtenancy.domain.questions import Kind

MAX_CELLS = 4
DISTINCT = 0.7


class Cell(Struct, frozen=True, kw_only=True):
    """A value that answers, with the names of its row and column."""

    unit: Unit
    name: str
    column: str
    value: str
    score: float

    @property
    def measured(self) -> str:
        """The value with its column's unit."""
        return with_unit(self.value, self.column)

    @property
    def statement(self) -> str:
        """The value, preceded by its names."""
        names = " \u2013 ".join(e.rstrip(": ") for e in (self.name, self.column) if e)
        return f"{names}: {self.value}"


class Listing(Struct, frozen=True, kw_only=True):
    """Rows that answer together: the columns to show, and the units.

    `bound` selected them, None if their names did. `every`: each of them is requested.
    """

    columns: Sequence[str]
    units: Sequence[Unit]
    bound: Bound | None = None
    every: bool = False

    @property
    def cells(self) -> list[list[str]]:
        """The values to show, row by row; an absent one is empty."""
        rows = [unit.row.cells if unit.row else {} for unit in self.units]
        return [[row.get(column, "") for column in self.columns] for row in rows]


def naming_columns(table: Table) -> list[str]:
    """Return the columns whose cells name rows: nearly unique words or codes; else the first."""
    found = []
    for column in table.columns:
        values = [v for row in table.rows if (v := row.cells.get(column))]
        distinct = len(set(values)) >= DISTINCT * len(values)
        if distinct and sum(map(is_name, values)) >= DISTINCT * len(table.rows):
            found.append(column)
    return found or table.columns[:1]


def value_of(cells: dict[str, str]) -> str:
    """Return the cells of a row in one line, at most four."""
    shown = list(cells.items())[:MAX_CELLS]
    if len(shown) == 1:
        _column, value = shown[0]
        return value
    return "; ".join(f"{column}: {value}" if column else value for column, value in shown)


def both_money(unit: str, value: str) -> bool:
    """Return whether a unit and a value are of money, in any currency."""
    return offers(f"1 {unit}", Kind.AMOUNT) == 1.0 == offers(value, Kind.AMOUNT)


def is_name(text: str) -> bool:
    """Return whether a cell can name a row: words or a code rather than a quantity."""
    if re.match(r"(?:[A-Z]{3}|[€$£¥])\s?[\d.,]+\Z", text):
        return False
    return is_code(text) or bool(re.match(r"[^\W\d_]{2,}", text))


def is_code(text: str) -> bool:
    """Return whether a cell is a code, such as an article number."""
    return bool(
        re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])[\w./-]*-[\w./-]+|[A-Z]{1,4}\d{2,}", text.strip())
    )
