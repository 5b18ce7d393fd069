"""Raised and lowered digits as characters of their own: `10⁵`, not `105`."""

from __future__ import annotations

_ABOVE = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")  # noqa: RUF001 - a minus sign
_BELOW = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")  # noqa: RUF001 - a minus sign
_TABLES = {"superscript": _ABOVE, "subscript": _BELOW}


def scripted(text: str, alignment: str, before: str) -> str:
    """Return the text of a raised or lowered run that follows a word; `before` is that word.

    Text of which only some characters could be raised stays as it is, too.
    """
    table = _TABLES.get(alignment)
    hangs_on_word = before[-1:].strip() != ""
    if table is None or not hangs_on_word or any(ord(each) not in table for each in text):
        return text
    return text.translate(table)
