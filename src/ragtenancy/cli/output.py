"""Printing: JSON for programs, tables and sentences for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from unicodedata import category

PIPED_WIDTH = 160


def print_json(value: object) -> None:
    """Print a value as indented JSON in UTF-8."""
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as a table; the first column (an id) is never truncated.

    Text from clients is printed literally, never as markup.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    cells = [[_cell(value) for value in row] for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, column in enumerate(columns):
        longest = max((len(row[0]) for row in cells), default=0) if number == 0 else 0
        table.add_column(column, min_width=longest or None)
    for row in cells:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    Console(markup=False, highlight=False, emoji=False, width=width).print(table)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print names and values, one pair per line."""
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        print(f"{name:<{width}}  {_text(value)}")


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 chunk", "2 chunks"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def visible(text: str) -> str:
    """Return the text without characters that could control a terminal."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t" or category(c) == "Zs")


def _cell(value: object) -> str:
    return visible(_text(value)).replace("\n", " ")


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.3f}"
    return str(value)
