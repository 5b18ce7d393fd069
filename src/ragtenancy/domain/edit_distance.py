"""Edit distance between words, as typing errors make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

LEAST_LETTERS = 4
MOST_LETTERS = 32


def is_word(term: str) -> bool:
    """Tell whether a term can be mistyped; identifiers and short words are what they are."""
    return LEAST_LETTERS <= len(term) <= MOST_LETTERS and term.isalpha()


def nearest(term: str, others: Iterable[str], holders: Callable[[str], int]) -> str:
    """Return the other one edit away that most chunks hold, the first of equals; itself if none."""
    near = [other for other in others if one_edit_apart(term, other)]
    found = [(-count, other) for other in near if (count := holders(other))]
    return min(found)[1] if found else term


def one_edit_apart(one: str, other: str) -> bool:
    """Tell whether a letter is left out, added, changed, or swapped with its neighbour.

    The edits of Damerau (1964).
    """
    start = _shared(one, other)
    one, other = one[start:], other[start:]
    end = _shared(one[::-1], other[::-1])
    one, other = one[: len(one) - end], other[: len(other) - end]
    if len(one) == len(other) == 2:
        return one == other[::-1]
    return max(len(one), len(other)) == 1


def _shared(one: str, other: str) -> int:
    """Count the letters at the start that are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
