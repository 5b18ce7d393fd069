"""Markers `[n]` in an answer, and in what a document brings along."""

from __future__ import annotations

import re

_INSIDE = r"[ \tS0-9,;\-\u2013]{1,60}"
_OPEN = rf"(?:\[(?:{_INSIDE})?)*"
MARKER = re.compile(rf"([ \t]*)({_OPEN})\[({_INSIDE})\]")
"""The space before a marker, the open brackets before it, and what it names."""
_PART = re.compile(r"S?([0-9]{1,9})(?:[ \t]*[-\u2013][ \t]*S?([0-9]{1,9}))?")


def named(inside: str, passages: int) -> list[int] | None:
    """Return the passages that a marker names, None for brackets that are no marker."""
    found: list[int] = []
    marker = False
    for part in _PART.finditer(inside):
        marker = True
        first = int(part[1])
        last = min(int(part[2]), passages) if part[2] else first
        found += [n for n in range(max(first, 1), last + 1) if n <= passages]
    return list(dict.fromkeys(found)) if marker else None


def without_markers(text: str) -> str:
    """Return a text without what reads like a marker."""
    return MARKER.sub(lambda found: found[0] if not _PART.search(found[3]) else found[2], text)


def unmarked(text: str) -> list[str]:
    """Return the parts of a text around what reads like a marker, those that hold a word.

    A quotation is put together from them: a number in brackets that a document brings along
    names none of our passages.
    """
    parts: list[str] = []
    start = 0
    for match in MARKER.finditer(text):
        if _PART.search(match[3]):
            parts.append(text[start : match.start()].strip())
            start = match.end()
    if not start:
        return [text]
    parts.append(text[start:].strip())
    return [part for part in parts if any(map(str.isalnum, part))]
