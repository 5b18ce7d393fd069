"""Sign quantization: one bit per dimension, to preselect rows by Hamming distance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ragtenancy.engines.vectors.scan import Rows, Vector, Vectors

Distances = npt.NDArray[np.uint16]
Words = npt.NDArray[np.uint64]
BITS = 64
ROWS_PER_PIECE = 1 << 16
EXCLUDED = 65_535


class SignCodes:
    """The signs of each row as bits, of shape (64-bit words, rows).

    Vectors at a small angle differ in few signs (Charikar, Similarity estimation techniques from
    rounding algorithms, 2002). The code of a row depends on that row alone.
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

    def hamming_distances(self, vector: Vector, total: int) -> Distances:
        """Return the Hamming distance of a vector's code to those of the first `total` rows.

        XOR and popcount, one word at a time; O(rows · dimension / 64).
        """
        wanted = _encoded(vector[np.newaxis])[0]
        distances: Distances = np.zeros(total, np.uint16)
        differing = np.empty(min(total, ROWS_PER_PIECE), np.uint64)
        counts = np.empty(len(differing), np.uint8)
        for start in range(0, total, ROWS_PER_PIECE):
            piece = distances[start : start + ROWS_PER_PIECE]
            bits, ones = differing[: len(piece)], counts[: len(piece)]
            for words, word in zip(self._words, wanted, strict=True):
                np.bitwise_xor(words[start : start + len(piece)], word, out=bits)
                piece += np.bitwise_count(bits, out=ones)
        return distances


def nearest(distances: Distances, count: int) -> Rows:
    """Return the rows of the `count` least distances and of all ties with the last, in order.

    Those at `EXCLUDED` are left out. A counting sort: O(rows).
    """
    if count >= len(distances):
        return np.flatnonzero(distances != EXCLUDED)
    up_to = np.bincount(distances).cumsum().searchsorted(count)
    last: int = min(int(up_to), EXCLUDED - 1)
    return np.flatnonzero(distances <= last)


def _encoded(vectors: Vectors) -> Words:
    """Return the signs, shape (rows, words), the last word padded with zeros."""
    rows, dimension = vectors.shape
    padded = np.zeros((rows, -(-dimension // BITS) * 8), np.uint8)
    packed = np.packbits(vectors > 0, axis=1)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)
