"""The wording of a paragraph: its lines joined, words divided at line ends made whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_FIRST = re.compile(r"([^\W_]+)[-\u2010\u00ad]\Z")
_SECOND = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


def vocabulary(lines: Iterable[str]) -> frozenset[str]:
    """Return the words that stand whole in a document's lines."""
    return frozenset(word.casefold() for line in lines for word in _WORD.findall(line))


def joined(lines: Sequence[str], vocabulary: frozenset[str]) -> str:
    """Return the lines of one paragraph as one text."""
    text = lines[0] if lines else ""
    for line in lines[1:]:
        text = _together(text, line, vocabulary)
    return text


def _together(text: str, line: str, known: frozenset[str]) -> str:
    first, second = _FIRST.search(text), _SECOND.match(line)
    if first is None or second is None:
        glued = _CJK.match(line) is not None and _CJK.match(text[-1:]) is not None
        return text + ("" if glued else " ") + line
    whole, hyphenated = first[1] + second[0], f"{first[1]}-{second[0]}"
    if not (first[1].isalpha() and second[0][0].islower()):
        return f"{text[:-1]}-{line}"
    if hyphenated.casefold() in known and whole.casefold() not in known:
        return f"{text[:-1]}-{line}"
    return text[:-1] + line
