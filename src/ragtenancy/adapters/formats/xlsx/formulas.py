"""Formulas as they are shown where a file holds no value for them."""

from __future__ import annotations

import re

from ragtenancy.domain.visible_text import visible

LONGEST = 8_192
_NEW_FUNCTIONS = re.compile(r"_xl(?:fn|ws|pm|udf)\.")
_LINK = re.compile(
    r'\A=?\s*HYPERLINK\(\s*"([^"]{1,2000})"\s*(?:[,;]\s*"([^"]*)"\s*\)\s*\Z|\)\s*\Z)?',
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"""("[^"]*"|'[^']*')|(?<![A-Za-z0-9_.])(\$?)([A-Z]{1,3})(\$?)([1-9]\d{0,6})(?![A-Za-z0-9_(.])"""
)
_LETTERS = 26


def shown_formula(text: str) -> str:
    """Return a formula as typed, with its equals sign."""
    return "=" + visible(_NEW_FUNCTIONS.sub("", text[:LONGEST])).lstrip("=")


def link_of(formula: str) -> tuple[str, str]:
    """Return the address and the words in a `HYPERLINK` formula, empty if they are computed."""
    found = _LINK.match(formula)
    return (found[1], found[2] or "") if found else ("", "")


def moved(formula: str, down: int, across: int) -> str:
    """Return a shared formula for another cell: its relative references move along."""

    def reference(found: re.Match[str]) -> str:
        quoted, column_fixed, column, row_fixed, row = found.groups()
        if quoted:
            return str(quoted)
        column = column if column_fixed else letters(column_number(column) + across)
        row = row if row_fixed else str(int(row) + down)
        return f"{column_fixed}{column}{row_fixed}{row}"

    return _REFERENCE.sub(reference, formula[:LONGEST])


def column_number(column: str) -> int:
    """Return the index of a column, 0 for A."""
    number = 0
    for letter in column:
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number - 1


def letters(number: int) -> str:
    """Return a column's letters by its index."""
    text = ""
    number = max(number, 0) + 1
    while number:
        number, rest = divmod(number - 1, _LETTERS)
        text = chr(ord("A") + rest) + text
    return text
