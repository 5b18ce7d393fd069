"""The terms of an index, by number and back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

KEPT_NUMBERS = 4_096
SURROGATES = "surrogatepass"


class TermTable:
    """Terms in the order of their UTF-8 bytes, which is that of `str`; a term's rank is its number.

    Two arrays, so that it opens from a file at once: nothing is read but what a search halves to.
    """

    def __init__(self, letters: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]) -> None:
        """Take term i's bytes as `letters[starts[i]:starts[i + 1]]`."""
        self.letters = letters
        self.starts = starts
        self._letters = letters.data
        self._starts = starts.data

    @classmethod
    def of(cls, terms: Sequence[str]) -> TermTable:
        """Make a table of sorted, distinct terms."""
        encoded = [term.encode("utf-8", SURROGATES) for term in terms]
        starts = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(encoded) + 1)
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def number(self, term: str) -> int:
        """Return a term's number, -1 if it is not there."""
        wanted = term.encode("utf-8", SURROGATES)
        at = bisect_left(range(len(self)), wanted, key=self._encoded)
        return at if at < len(self) and self._encoded(at) == wanted else -1

    def terms(self) -> list[str]:
        """Return all terms by number."""
        return [str(self._encoded(at), "utf-8", SURROGATES) for at in range(len(self))]

    def _encoded(self, at: int) -> bytes:
        return bytes(self._letters[self._starts[at] : self._starts[at + 1]])


class Vocabulary:
    """A table, and the terms that came after it was made, numbered on in the order they came."""

    def __init__(self, table: TermTable, young: Iterable[str] = ()) -> None:
        self._table = table
        self._young = {term: len(table) + at for at, term in enumerate(young)}
        self._met: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._table) + len(self._young)

    @property
    def total_young(self) -> int:
        """Terms that are not in the table."""
        return len(self._young)

    def number(self, term: str) -> int:
        """Return a term's number, -1 if it is not there."""
        number = self._met.get(term, -1)
        if number >= 0:
            return number
        number = self._young.get(term, -1)
        return number if number >= 0 else self._from_table(term)

    def numbered(self, term: str) -> int:
        """Return a term's number, a new one for a new term."""
        number = self.number(term)
        if number < 0:
            number = self._young[term] = len(self)
        return number

    def terms(self) -> list[str]:
        """Return all terms by number."""
        return [*self._table.terms(), *self._young]

    def copy(self) -> Vocabulary:
        """Return another that changes to this one do not reach."""
        return Vocabulary(self._table, self._young)

    def _from_table(self, term: str) -> int:
        number = self._table.number(term)
        if number >= 0:
            if len(self._met) >= KEPT_NUMBERS:
                self._met.clear()
            self._met[term] = number
        return number


NO_TERMS = TermTable.of([])
