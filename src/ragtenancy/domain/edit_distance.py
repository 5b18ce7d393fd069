"""Edit distance between words, as typing errors make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

MIN_LETTERS = 4
MAX_LETTERS = 32


def is_word(term: str) -> bool:
    """Return whether a term may be a typing error; identifiers and short words never are."""
    return MIN_LETTERS <= len(term) <= MAX_LETTERS and term.isalpha()


def nearest(term: str, others: Iterable[str], holders: Callable[[str], int]) -> str:
    """Return the most frequent other term one edit away, the first of equals; itself if none."""
    near = [other for other in others if one_edit_apart(term, other)]
    found = [(-count, other) for other in near if (count := holders(other))]
    return min(found)[1] if found else term


def one_edit_apart(one: str, other: str) -> bool:
    """Return whether words differ by one letter deleted, inserted, replaced or transposed.

    A Damerau-Levenshtein edit distance of 1 (Damerau, 1964).
    """
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(longer) - len(shorter) > 1:
        return False
    start, size = 0, len(shorter)
    while start < size and shorter[start] == longer[start]:
        start += 1
    if size < len(longer):
        return longer[start + 1 :] == shorter[start:]
    changed = start < size and longer[start + 1 :] == shorter[start + 1 :]
    swapped = longer[start : start + 2] == shorter[start : start + 2][::-1]
    return changed or (swapped and start < size and longer[start + 2 :] == shorter[start + 2 :])


def shortened(term: str) -> list[str]:
    """Return a term and every deletion of one of its letters.

    Terms that are one edit apart share at least one of these: the deletes of Garbe's SymSpell.
    """
    return [term, *(term[:at] + term[at + 1 :] for at in range(len(term)))]
