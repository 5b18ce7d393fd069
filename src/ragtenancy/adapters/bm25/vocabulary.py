"""The terms of an index, by number and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

KEPT_NUMBERS = 16_384
START = 8
SURROGATES = "surrogatepass"
MOST_BYTES = 4


class TermTable:
    """Terms in the order of their UTF-8 bytes, which is that of `str`; a term's rank is its number.

    Three arrays, so that it opens from a file at once: nothing is read but what halving comes to.
    """

    def __init__(
        self,
        letters: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        keys: npt.NDArray[np.uint64],
    ) -> None:
        """Take term i's bytes as `letters[starts[i]:starts[i + 1]]`, its first eight as a key."""
        self.letters = letters
        self.starts = starts
        self.keys = keys
        self._letters = letters.data
        self._starts = starts.data
        self._keys = keys.data

    @classmethod
    def of(cls, terms: Sequence[str]) -> TermTable:
        """Make a table of sorted, distinct terms."""
        encoded = [term.encode("utf-8", SURROGATES) for term in terms]
        starts = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(encoded) + 1)
        keys = np.fromiter(map(_key, encoded), np.uint64, len(encoded))
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts, keys)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def number(self, term: str) -> int:
        """Return a term's number, -1 if it is not there."""
        wanted = term.encode("utf-8", SURROGATES)
        key = _key(wanted)
        at = bisect_left(self._keys, key)
        if at < len(self) and self._encoded(at) == wanted:
            return at
        end = bisect_right(self._keys, key, at)
        at = bisect_left(range(len(self)), wanted, at, end, key=self._encoded)
        return at if at < end and self._encoded(at) == wanted else -1

    def terms(self) -> list[str]:
        """Return all terms by number."""
        return self._named(range(len(self)))

    def alike(self, term: str) -> list[str]:
        """Return the terms of nearly the same length and letters, those one edit away included.

        Of an ASCII term they are ASCII's.
        """
        wanted = np.frombuffer(term.encode("utf-8", SURROGATES), np.uint8)
        if not len(self) or not len(wanted):
            return []
        most = 1 if term.isascii() else MOST_BYTES
        near = np.abs(np.diff(self.starts) - len(wanted)) <= most
        letters = np.bitwise_or.reduce(_bits(wanted))
        near &= np.bitwise_count(self._masks ^ letters) <= 2 * most
        return self._named(np.flatnonzero(near).tolist())

    @cached_property
    def _masks(self) -> npt.NDArray[np.uint32]:
        """Which of 32 kinds of bytes each term holds."""
        return np.bitwise_or.reduceat(_bits(self.letters), self.starts[:-1])

    def _named(self, numbers: Iterable[int]) -> list[str]:
        return [str(self._encoded(at), "utf-8", SURROGATES) for at in numbers]

    def _encoded(self, at: int) -> bytes:
        return bytes(self._letters[self._starts[at] : self._starts[at + 1]])


def _bits(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    bits: npt.NDArray[np.uint32] = np.left_shift(np.uint32(1), letters & np.uint8(31))
    return bits


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

    def alike(self, term: str) -> list[str]:
        """Return terms of nearly the same length and letters, as `TermTable.alike` does."""
        young = [other for other in self._young if abs(len(other) - len(term)) <= 1]
        return self._table.alike(term) + young

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


def _key(term: bytes) -> int:
    """Return a number that sorts as the first bytes do."""
    return int.from_bytes(term[:START].ljust(START, b"\0"), "big")


NO_TERMS = TermTable.of([])
