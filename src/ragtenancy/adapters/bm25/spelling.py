"""Words that nobody wrote, read as the word that is one letter away."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ragtenancy.domain.edit_distance import one_edit_apart

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
