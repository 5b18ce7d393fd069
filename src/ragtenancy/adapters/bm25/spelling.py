"""Words that nobody wrote, read as the word that is one letter away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

LEAST_LETTERS = 4
MOST_LETTERS = 32
MOST_IN_ALPHABET = 80


def nearest(term: str, alphabet: Iterable[str], holders: Callable[[str], int]) -> str:
    """Return the term one edit away that most chunks hold, the first of equals; itself if none.

    An edit leaves out, adds or changes a letter, or swaps two neighbours (Damerau, 1964). Terms
    with anything but letters are identifiers, and short ones have too many neighbours: they stay.
    """
    if not (LEAST_LETTERS <= len(term) <= MOST_LETTERS and term.isalpha()):
        return term
    letters = sorted(set(alphabet))
    if len(letters) > MOST_IN_ALPHABET:
        return term
    found = [(-count, near) for near in set(_edits(term, letters)) if (count := holders(near))]
    return min(found)[1] if found else term


def _edits(term: str, letters: Iterable[str]) -> Iterator[str]:
    for at in range(len(term) + 1):
        before, after = term[:at], term[at:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + after[1:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
