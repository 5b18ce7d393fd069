"""The term dictionary: term ids by term, and back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

CACHED_IDS = 16_384
PREFIX_BYTES = 8
SURROGATES = "surrogatepass"
MAX_CHARACTER_BYTES = 4


class TermDictionary:
    """A sorted, immutable dictionary: a term's id is its rank by UTF-8 bytes (the order of `str`).

    Three flat arrays, so that it opens from a memory-mapped file without reading it: a lookup is
    a binary search over 8-byte prefixes, O(log n).
    """

    def __init__(
        self,
        letters: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.int64],
        prefixes: npt.NDArray[np.uint64],
    ) -> None:
        """Take term i's bytes as `letters[offsets[i]:offsets[i + 1]]`, its first eight as an integer."""
        self.letters = letters
        self.offsets = offsets
        self.prefixes = prefixes
        self._letters = letters.data
        self._offsets = offsets.data
        self._prefixes = prefixes.data

    @classmethod
    def of(cls, terms: Sequence[str]) -> TermDictionary:
        """Build a dictionary of sorted, distinct terms."""
        encoded = [term.encode("utf-8", SURROGATES) for term in terms]
        offsets = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(encoded) + 1)
        prefixes = np.fromiter(map(_prefix, encoded), np.uint64, len(encoded))
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets, prefixes)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def term_id(self, term: str) -> int:
        """Return a term's id, -1 for an unknown term."""
        wanted = term.encode("utf-8", SURROGATES)
        prefix = _prefix(wanted)
        at = bisect_left(self._prefixes, prefix)
        if at < len(self) and self._encoded(at) == wanted:
            return at
        end = bisect_right(self._prefixes, prefix, at)
        at = bisect_left(range(len(self)), wanted, at, end, key=self._encoded)
        return at if at < end and self._encoded(at) == wanted else -1

    def terms(self) -> list[str]:
        """Return all terms by id."""
        return self._decoded(range(len(self)))

    def similar(self, term: str) -> list[str]:
        """Return a superset of the terms within one edit of a term, by length and set of letters.

        For an ASCII term, the superset holds the ASCII terms only.
        """
        wanted = np.frombuffer(term.encode("utf-8", SURROGATES), np.uint8)
        if not len(self) or not len(wanted):
            return []
        most = 1 if term.isascii() else MAX_CHARACTER_BYTES
        near = np.abs(np.diff(self.offsets) - len(wanted)) <= most
        letters = np.bitwise_or.reduce(_bits(wanted))
        near &= np.bitwise_count(self._letter_masks ^ letters) <= 2 * most
        return self._decoded(np.flatnonzero(near).tolist())

    @cached_property
    def _letter_masks(self) -> npt.NDArray[np.uint32]:
        """The set of bytes of each term, folded to 32 bits."""
        return np.bitwise_or.reduceat(_bits(self.letters), self.offsets[:-1])

    def _decoded(self, term_ids: Iterable[int]) -> list[str]:
        return [str(self._encoded(at), "utf-8", SURROGATES) for at in term_ids]

    def _encoded(self, at: int) -> bytes:
        return bytes(self._letters[self._offsets[at] : self._offsets[at + 1]])


class Vocabulary:
    """A term dictionary and a hash map of the terms added since it was built.

    New terms take the next ids in the order of their arrival.
    """

    def __init__(self, dictionary: TermDictionary, added: Iterable[str] = ()) -> None:
        self._dictionary = dictionary
        self._added = {term: len(dictionary) + at for at, term in enumerate(added)}
        self._cached: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._dictionary) + len(self._added)

    @property
    def total_added(self) -> int:
        """Terms outside the dictionary."""
        return len(self._added)

    def term_id(self, term: str) -> int:
        """Return a term's id, -1 for an unknown term."""
        term_id = self._cached.get(term, -1)
        if term_id < 0:
            term_id = self._added.get(term, -1)
        if term_id >= 0:
            return term_id
        term_id = self._dictionary.term_id(term)
        if term_id >= 0:
            if len(self._cached) >= CACHED_IDS:
                self._cached.clear()
            self._cached[term] = term_id
        return term_id

    def add(self, term: str) -> int:
        """Return a term's id, the next free one for a new term."""
        term_id = self.term_id(term)
        if term_id < 0:
            term_id = self._added[term] = len(self)
        return term_id

    def terms(self) -> list[str]:
        """Return all terms by id."""
        return [*self._dictionary.terms(), *self._added]

    def similar(self, term: str) -> list[str]:
        """Return a superset of the terms within one edit of a term, as `TermDictionary.similar` does."""
        added = [other for other in self._added if abs(len(other) - len(term)) <= 1]
        return self._dictionary.similar(term) + added

    def copy(self) -> Vocabulary:
        """Return an independent copy."""
        return Vocabulary(self._dictionary, self._added)


def _bits(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    bits: npt.NDArray[np.uint32] = np.left_shift(np.uint32(1), letters & np.uint8(31))
    return bits


def _prefix(term: bytes) -> int:
    """Return the first bytes as an integer of the same order."""
    return int.from_bytes(term[:PREFIX_BYTES].ljust(PREFIX_BYTES, b"\0"), "big")


NO_TERMS = TermDictionary.of([])
