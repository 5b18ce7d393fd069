"""Stored numbers as a sheet shows them: the usual formats quickly, others by `number_formats`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from ragtenancy.adapters.formats.xlsx.number_formats import (
    EXACT,
    GENERAL,
    TYPED,
    decimal_of,
    has_words,
    parts_of,
    section_of,
    shown_number,
)

_AROUND = (
    r"""((?:"[^"]*"|\\.|_.|\*.|\[[A-Za-z]{3,7}\]|\[\$[^-\]]*(?:-(?!F|x)[^\]]*)?\]|[-+()$€£¥ ])*)"""
)
_USUAL = re.compile(rf"{_AROUND}(\#,\#\#0|0+)(?:\.(0+))?(%?){_AROUND}")
_HALF = 1 + 4e-16


@lru_cache(maxsize=2_048)
def shower(code: str, *, from_1904: bool = False) -> Callable[[str], str]:
    """Return the function that shows stored numbers in a format; the usual ones are fast."""
    quick = _general_or_none if code == GENERAL else _quick(code)

    @lru_cache(maxsize=8_192)
    def slowly(stored: str) -> str:
        number = decimal_of(stored)
        return stored if number is None else shown_number(number, code, from_1904=from_1904)

    if quick is None:
        return slowly

    def shown(stored: str) -> str:
        text = quick(stored)
        return slowly(stored) if text is None else text

    return shown


def _general_or_none(stored: str) -> str | None:
    if len(stored) <= EXACT and (stored.isdigit() or "E" not in stored.upper()):
        return stored if stored.isdigit() or _PLAIN.fullmatch(stored) else None
    text = f"{_float(stored):.15g}"
    return text if _PLAIN.fullmatch(text) and "." in text else None


_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?")


_Quick: TypeAlias = Callable[[str], str | None]


def _quick(code: str) -> _Quick | None:
    """Return a quick function for codes such as `#,##0.00 "€"`, `0%` and `#,##0;(#,##0);"-"`."""
    parts = parts_of(code)
    positive = _usual(parts[0]) if parts else None
    if positive is None or len(parts) == 1:
        return positive
    if any(section_of(part).condition for part in parts):
        return None
    negative = _usual(parts[1], is_negative=True)

    def shown(stored: str) -> str | None:
        if not _float(stored):
            return None
        of_sign = negative if stored.startswith("-") else positive
        return None if of_sign is None else of_sign(stored)

    return shown


def _usual(part: str, *, is_negative: bool = False) -> _Quick | None:
    """Return a quick function for a plain section, None for others."""
    found = _USUAL.fullmatch(part)
    section = section_of(part)
    if found is None or section.is_date or section.has("%") != bool(found[4]):
        return None
    before, after = ("".join(t.text for t in section_of(found[i]).tokens) for i in (1, 5))
    places, percent = len(found[3] or ""), found[4]
    width = 0 if "#" in found[2] else len(found[2]) + (places + 1 if places else 0)
    pattern = f"{{:{f'0{width}' if width else ','}.{places}f}}".format
    scale = 100.0 if percent else 1.0
    unit = 0.5 * 10.0**-places
    shows_sign = not (is_negative and has_words(section))

    def shown(stored: str) -> str | None:
        value = abs(_float(stored)) * scale
        text = pattern(value * _HALF)
        # Exact digits, and values that the display hides, take the slow way.
        is_short = len(stored) <= TYPED + 4 or "E" in stored
        if not value < 1e15 or (is_short and value < unit * 1_000 and float(text) != value):
            return None
        sign = "-" if shows_sign and stored.startswith("-") and value >= unit else ""
        return " ".join(f"{sign}{before}{text}{percent}{after}".split())

    return shown


def _float(stored: str) -> float:
    try:
        return float(stored)
    except ValueError:
        return float("nan")
