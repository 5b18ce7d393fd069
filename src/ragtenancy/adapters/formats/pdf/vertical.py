"""East Asian text in columns that run downwards, and first letters several lines high."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.formats.pdf.words import Word, turned

_EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe10-\ufe4f\uff00-\uffef]")
_FORMS = re.compile("[\ufe10-\ufe19\ufe30-\ufe48]")
_DOWN = 3
_FEWEST = 3
_LEAST = 0.5
_CLOSEST, _FARTHEST = 0.7, 1.7
_LARGE = 1.7


def with_columns(words: list[Word]) -> list[Word]:
    """Return words, with columns of single characters as turned lines if most text is so set.

    The turned frame is that of Latin text within such columns: its lines run downwards.
    """
    columns = _columns(words) if any(map(_is_single, words)) else []
    within = sum(map(len, columns))
    if within < max(2 * _FEWEST, _LEAST * sum(len(word.text) for word in words)):
        return words
    taken = {id(word) for column in columns for word in column}
    return [*(word for word in words if id(word) not in taken), *map(_line, columns)]


def _columns(words: Sequence[Word]) -> list[list[Word]]:
    """Return runs of single characters that follow each other downwards."""
    columns: list[list[Word]] = []
    for word in words:
        if columns and _is_below(columns[-1][-1], word):
            columns[-1].append(word)
        elif _is_single(word):
            columns.append([word])
    return [column for column in columns if len(column) >= _FEWEST]


def _is_single(word: Word) -> bool:
    return len(word.text) == 1 and not word.turn and bool(_EAST_ASIAN.match(word.text))


def _is_below(upper: Word, lower: Word) -> bool:
    if not _is_single(lower) or abs(upper.left - lower.left) > 0.5 * lower.size:
        return False
    return _CLOSEST < (upper.base - lower.base) / lower.size < _FARTHEST


def _line(column: Sequence[Word]) -> Word:
    """Return a column as one word in the turned frame."""
    first, last = column[0], column[-1]
    text = "".join(word.text for word in column)
    left, base = turned(first.left, first.base + 0.88 * first.size, _DOWN)
    return structs.replace(
        first,
        text=_FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text),
        left=left,
        right=turned(last.left, last.base - 0.12 * last.size, _DOWN)[0],
        base=base,
        turn=_DOWN,
    )


def with_initials(words: list[Word]) -> list[Word]:
    """Return words, with large first letters joined to the rest of their words."""
    kept: list[Word] = []
    initial: Word | None = None
    for word in words:
        if initial is not None and _begins(initial, word) and _stands_beside(initial, words):
            kept.remove(initial)
            word.text, word.left = initial.text + word.text, initial.left
        initial = word if len(word.text) == 1 and word.text.isupper() else None
        kept.append(word)
    return kept


def _begins(initial: Word, word: Word) -> bool:
    """Return whether a word goes on after a letter whose top is as high as its own."""
    if initial.size < _LARGE * word.size or not word.text[0].isalpha() or initial.turn != word.turn:
        return False
    gap = (word.left - initial.right) / word.size
    raised = word.base - initial.base
    return -0.3 < gap < 0.8 and 0.5 * word.size < raised and word.top < initial.top + word.size


def _stands_beside(initial: Word, words: Sequence[Word]) -> bool:
    """Return whether a further line of small type stands beside the letter."""
    level = [
        word.base
        for word in words
        if word.size * _LARGE <= initial.size
        and -0.3 < (word.left - initial.right) / word.size < 1.5
        and initial.base - 0.3 * word.size < word.base < initial.top
    ]
    return bool(level) and max(level) - min(level) > 1.0
