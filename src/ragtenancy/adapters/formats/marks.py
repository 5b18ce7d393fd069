"""How text with a meaning beyond its letters is written: raised, struck out, linked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ragtenancy.domain.parsed import Note

_ABOVE = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")  # noqa: RUF001
_BELOW = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")  # noqa: RUF001
_TABLES = {"superscript": _ABOVE, "subscript": _BELOW}


def scripted(text: str, alignment: str, before: str) -> str:
    """Return the text of a superscript or subscript run; `before` is the word before it.

    Text stays unchanged if only some characters have a raised form.
    """
    table = _TABLES.get(alignment)
    hangs_on_word = before[-1:].strip() != ""
    if table is None or not hangs_on_word or any(ord(each) not in table for each in text):
        return text
    return text.translate(table)


def struck(text: str) -> str:
    """Return struck-through text, marked as in Markdown; white space stays outside the marks."""
    inner = text.strip()
    return text.replace(inner, f"~~{inner}~~", 1) if inner else text


def comment_note(text: str, author: str = "") -> Note:
    """Return a comment as a note that says so, and whose comment it is."""
    by = f" by {author}" if author else ""
    return Note(text=f"Comment{by}: {text}", kind="comment")


_SHOWN = re.compile(r"(?:https?|mailto|tel|ftp):", re.IGNORECASE)


class Links:
    """The links of one document: each target is written once, after the words that lead to it."""

    def __init__(self) -> None:
        self._written: set[str] = set()

    def shown(self, text: str, target: str) -> str:
        """Return `text (target)`.

        The text alone if it says the target already, if the target was written before, or if it
        leads nowhere outside the document.
        """
        address = re.sub(r"\A(?:mailto|tel):", "", target.strip(), flags=re.IGNORECASE)
        if not _SHOWN.match(target.strip()) or address in self._written:
            return text
        self._written.add(address)
        return text if address.rstrip("/") in text else f"{text} ({address})"


_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u2e80-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60"
    "\U00020000-\U0003ffff"
)
_ENDS_UNSPACED = re.compile(rf"[{_UNSPACED}]\Z")
_BEGINS_UNSPACED = re.compile(rf"[{_UNSPACED}]")
_COMPOUND = re.compile(r"[^\W\d_]-\Z")
_LINKED = re.compile(r"(?!(?:und|oder|bzw|and|or|to|et|ou|y|e|o|en|of|i|lub)\b)[a-zß-öø-ÿ]")


def joined_lines(lines: Iterable[str]) -> str:
    """Return the lines of one paragraph as one, without a space where the script has none."""
    pieces: list[str] = []
    for line in filter(None, map(str.strip, lines)):
        if pieces and not _touches(pieces[-1], line):
            pieces.append(" ")
        pieces.append(line)
    return "".join(pieces)


def _touches(before: str, after: str) -> bool:
    """Return whether two lines belong together without a space."""
    if _ENDS_UNSPACED.search(before) and _BEGINS_UNSPACED.match(after):
        return True
    return bool(_COMPOUND.search(before) and _LINKED.match(after))
