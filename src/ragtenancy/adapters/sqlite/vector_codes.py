"""One bit a number, to find the rows that are worth reading among very many."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.sqlite.vector_scan import Rows
from ragtenancy.ports.embeddings import Vector, Vectors

Distances = npt.NDArray[np.uint16]
Words = npt.NDArray[np.uint64]
BITS = 64
ROWS_PER_PIECE = 1 << 16
FARTHEST = 65_535


class SignCodes:
    """Which numbers of each row are positive, shape (words of 64 bits, rows).

    Vectors of a small angle differ in few signs (Charikar, Similarity estimation from rounding
    algorithms, 2002). A row's code depends on nothing but the row.
    """

    def __init__(self, dimension: int, capacity: int) -> None:
        self._words: Words = np.empty((-(-dimension // BITS), capacity), np.uint64)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self._words.nbytes

    def put(self, first: int, vectors: Vectors) -> None:
        """Encode rows from `first` on."""
        for start in range(0, len(vectors), ROWS_PER_PIECE):
            piece = vectors[start : start + ROWS_PER_PIECE]
            place = slice(first + start, first + start + len(piece))
            self._words[:, place] = _encoded(piece).T

    def distances(self, vector: Vector, total: int) -> Distances:
        """Return by row, for the first `total` rows, in how many signs it differs."""
        wanted = _encoded(vector[np.newaxis])[0]
        found: Distances = np.zeros(total, np.uint16)
        differing = np.empty(min(total, ROWS_PER_PIECE), np.uint64)
        counts = np.empty(len(differing), np.uint8)
        for start in range(0, total, ROWS_PER_PIECE):
            piece = found[start : start + ROWS_PER_PIECE]
            bits, ones = differing[: len(piece)], counts[: len(piece)]
            for words, word in zip(self._words, wanted, strict=True):
                np.bitwise_xor(words[start : start + len(piece)], word, out=bits)
                piece += np.bitwise_count(bits, out=ones)
        return found


def closest(distances: Distances, count: int) -> Rows:
    """Return the rows of the `count` least distances, with all that equal the last of them."""
    if count >= len(distances):
        return np.flatnonzero(distances != FARTHEST)
    up_to = np.bincount(distances).cumsum().searchsorted(count)
    last: int = min(int(up_to), FARTHEST - 1)
    return np.flatnonzero(distances <= last)


def _encoded(vectors: Vectors) -> Words:
    """Return the rows' signs, shape (rows, words)."""
    rows, dimension = vectors.shape
    room = np.zeros((rows, -(-dimension // BITS) * 8), np.uint8)
    packed = np.packbits(vectors > 0, axis=1)
    room[:, : packed.shape[1]] = packed
    return room.view(np.uint64)
