"""A cell's value as text."""

from __future__ import annotations

import datetime as dt

from ragtenancy.domain.visible_text import visible_text

Value = int | float | str | bool | dt.time | dt.date | dt.timedelta


def cell_text(value: Value) -> str:
    """Return a cell as it reads: whole numbers without a point, days without midnight."""
    if isinstance(value, str):
        return visible_text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)
