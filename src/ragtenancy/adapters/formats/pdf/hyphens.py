"""Words that were divided at the end of a line."""

from __future__ import annotations

import re
from collections.abc import Iterable

DIVIDED = "\U000f00ad"
_PARTS = re.compile(rf"([^\W_]+){DIVIDED}([^\W_]+)")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class Words:
    """The words that a document writes in the middle of lines, which settle how others join."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known = {word.casefold() for text in texts for word in _WORD.findall(text)}

    def mended(self, text: str) -> str:
        """Return a text whose divided words are whole; a hyphen stays where it belongs."""
        if DIVIDED not in text:
            return text
        return _PARTS.sub(self._joined, text).replace(DIVIDED, "-")

    def _joined(self, parts: re.Match[str]) -> str:
        first, second = parts[1], parts[2]
        hyphenated = f"{first}-{second}"
        if not (first.isalpha() and second[0].islower()):
            return hyphenated
        if hyphenated.casefold() in self._known and (first + second).casefold() not in self._known:
            return hyphenated
        return first + second
