"""Markers `[n]` in an answer: those that name a passage stay, invented ones go."""

from __future__ import annotations

import re

_INSIDE = r"[ \tS0-9,;\-\u2013]{1,60}"
_OPEN = rf"(?:\[(?:{_INSIDE})?)*"
_MARKER = re.compile(rf"([ \t]*)({_OPEN})\[({_INSIDE})\]")
_UNDECIDED = re.compile(rf"[ \t]*{_OPEN}\Z")
_PART = re.compile(r"S?([0-9]{1,9})(?:[ \t]*[-\u2013][ \t]*S?([0-9]{1,9}))?")


class MarkerFilter:
    """Passes an answer on as it streams in, holding back a marker until it is decided.

    `[2]` stays when there are at least two passages; `[1, 2]` becomes `[1][2]`; a number beyond
    the passages is removed, with the space and the open brackets before it, which would make
    another marker of what follows. Brackets without a number stay as they are. What comes out
    is the same however the text was cut into pieces.
    """

    def __init__(self, passages: int) -> None:
        self._passages = passages
        self._held = ""
        self.grounded = False

    def feed(self, text: str) -> str:
        """Take a piece of the answer; return what is decided."""
        self._held += text
        undecided = _UNDECIDED.search(self._held)
        cut = undecided.start() if undecided else len(self._held)
        decided, self._held = self._held[:cut], self._held[cut:]
        return self._checked(decided)

    def finish(self) -> str:
        """Return what is left: an unfinished marker is plain text."""
        decided, self._held = self._held, ""
        return self._checked(decided)

    def _checked(self, text: str) -> str:
        return _MARKER.sub(self._replaced, text)

    def _replaced(self, match: re.Match[str]) -> str:
        space, opened, inside = match.groups()
        numbers = _numbers(inside, self._passages)
        if numbers is None:
            return match[0]
        if not numbers:
            return ""
        self.grounded = True
        return space + opened + "".join(f"[{number}]" for number in numbers)


def unmarked(text: str) -> list[str]:
    """Return the parts of a text around what reads like a marker, those that hold a word.

    A quotation is put together from them: a number in brackets that a document brings along
    names none of our passages.
    """
    parts: list[str] = []
    start = 0
    for match in _MARKER.finditer(text):
        if _PART.search(match[3]):
            parts.append(text[start : match.start()].strip())
            start = match.end()
    if not start:
        return [text]
    parts.append(text[start:].strip())
    return [part for part in parts if any(map(str.isalnum, part))]


def _numbers(inside: str, passages: int) -> list[int] | None:
    """Return the passages that a marker names, None for brackets that are no marker."""
    named: list[int] = []
    found = False
    for part in _PART.finditer(inside):
        found = True
        first = int(part[1])
        last = min(int(part[2]), passages) if part[2] else first
        named += [n for n in range(max(first, 1), last + 1) if n <= passages]
    return list(dict.fromkeys(named)) if found else None
