"""How text with a meaning beyond its letters is written: raised, struck out, linked."""

from __future__ import annotations

import re

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
