"""Edit distance between words, as typing errors make them."""

from __future__ import annotations


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
