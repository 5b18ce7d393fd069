"""The limit of an answer's tokens, enforced where a server's limit includes reasoning."""

from __future__ import annotations

import re

PIECE = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,4}"
    r"|(?:[^\w\s]|_)?[^\W\d_]{1,30}(?:['\u2019][^\W\d_]{1,2})?|\d{1,3}|(?:[^\w\s]|_)+"
)


class AnswerLimit:
    """Ends an answer after so many pieces: words, groups of digits, runs of punctuation.

    The pieces are those that OpenAI's tokenizers cut a text into before they make tokens of each,
    so that an answer is not ended below its limit; it may exceed it by long or rare words.
    """

    def __init__(self, tokens: int) -> None:
        self._left = tokens
        self._open = ""

    @property
    def reached(self) -> bool:
        """Whether text was cut off."""
        return self._left < 0

    def take(self, text: str) -> str:
        """Return the part of the next text that is within the limit."""
        if self.reached:
            return ""
        whole = self._open + text
        begins = [match.start() for match in PIECE.finditer(whole)]
        if len(begins) > self._left:
            kept = whole[: begins[self._left]] if begins else whole
            self._left = -1
            return kept[len(self._open) :]
        self._left -= max(len(begins) - 1, 0)
        self._open = whole[begins[-1] :] if begins else ""
        return text
