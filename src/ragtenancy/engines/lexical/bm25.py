"""The BM25 formula, and the loop that adds it up, compiled where numba is installed."""

from __future__ import annotations

import math
import threading
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Floats = npt.NDArray[np.float64]
QUERIES_BEFORE_COMPILING = 16
BLOCK = 2_048


class Parameters(Struct, frozen=True, kw_only=True):
    """A variant of BM25.

    A term of frequency f adds to a chunk of length l

    idf · f · (k1 + 1) / (f + k1 · (1 - b + b · l / average length)),

    once per occurrence in the query (Robertson and Zaragoza, The Probabilistic Relevance
    Framework, 2009). With n of N chunks containing the term, idf is
    ln(1 + (N - n + 0.5) / (n + 0.5)), always positive, as in Lucene. With `epsilon` it is Okapi's
    ln(N - n + 0.5) - ln(n + 0.5), and a negative one becomes epsilon times the mean idf of all
    terms (`rank_bm25.BM25Okapi`).
    """

    k1: float
    b: float
    epsilon: float | None = None

    def length_norms(self, lengths: npt.NDArray[np.int64], mean: float) -> Floats:
        """Return k1 · (1 - b + b · l / mean) for each length l; `mean` is above 0."""
        return np.asarray(self.k1 * (1 - self.b + self.b * lengths / mean), np.float64)

    def idf(self, document_frequency: int, total: int, floor: float) -> float:
        """Return the inverse document frequency; `floor` replaces a negative Okapi idf."""
        if self.epsilon is None:
            return math.log(1 + (total - document_frequency + 0.5) / (document_frequency + 0.5))
        idf = okapi_idf(document_frequency, total)
        return floor if idf < 0 else idf

    def idf_floor(self, document_frequencies: npt.NDArray[np.int64], total: int) -> float:
        """Return epsilon times the mean idf; the order of the terms decides the rounding."""
        if self.epsilon is None or not len(document_frequencies):
            return 0.0
        distinct, where = np.unique(document_frequencies, return_inverse=True)
        idfs = np.array([okapi_idf(count, total) for count in distinct.tolist()])[where]
        return self.epsilon * (float(np.cumsum(idfs)[-1]) / len(document_frequencies))


def okapi_idf(document_frequency: int, total: int) -> float:
    """Return Okapi's idf, negative for a term in more than half of the chunks."""
    return math.log(total - document_frequency + 0.5) - math.log(document_frequency + 0.5)


DEFAULT = Parameters(k1=1.2, b=0.75)
OKAPI = Parameters(k1=1.5, b=0.75, epsilon=0.25)


class Kernel(Protocol):
    """`add_terms`, compiled or interpreted; both give numpy's bits."""

    def __call__(
        self,
        scores: Floats,
        dense: Floats,
        terms: npt.NDArray[np.int64],
        idfs: Floats,
        rows: npt.NDArray[np.int32],
        frequencies: npt.NDArray[np.uint8],
        norms: Floats,
        scale: float,
        /,
    ) -> None:
        """Add the impacts of all terms to the scores."""


def add_terms(
    scores: Floats,
    dense: Floats,
    terms: npt.NDArray[np.int64],
    idfs: Floats,
    rows: npt.NDArray[np.int32],
    frequencies: npt.NDArray[np.uint8],
    norms: Floats,
    scale: float,
) -> None:
    """Add the impacts of all terms to the rows of a segment, term by term in query order.

    `terms[t]` is slot, start, end: the term adds `dense[slot]`, or for slot -1 the impacts
    f · scale / (f + norm) · idf of its postings at `start:end`. Rows are processed in blocks that
    fit the cache. Written for numba; slow when interpreted.
    """
    at = terms[:, 1].copy()
    for first in range(0, len(scores), BLOCK):
        last = min(first + BLOCK, len(scores))
        block = scores[first:last]
        for term in range(len(terms)):
            if terms[term, 0] >= 0:
                added = dense[terms[term, 0]][first:last]
                for index in range(len(block)):
                    block[index] += added[index]
                continue
            here = at[term]
            while here < terms[term, 2] and rows[here] < last:
                row = rows[here]
                frequency = np.float64(frequencies[here])
                scores[row] += frequency * scale / (frequency + norms[row]) * idfs[term]
                here += 1
            at[term] = here


def compile_kernel() -> Kernel:
    """Compile `add_terms` or load it from numba's cache; takes up to a second.

    Raises `ImportError` without numba. Floating-point operations stay exactly as written: nothing
    is fused or reordered.
    """
    from numba import njit, types

    def read_only(kind: object, dimensions: int = 1) -> object:
        """Return a read-only array type, which accepts writable arrays too."""
        return types.Array(kind, dimensions, "C", readonly=True)

    signature = types.void(
        types.float64[::1],
        read_only(types.float64, 2),
        read_only(types.int64, 2),
        read_only(types.float64),
        read_only(types.int32),
        read_only(types.uint8),
        read_only(types.float64),
        types.float64,
    )
    return cast(Kernel, njit([signature], cache=True, nogil=True)(add_terms))


class KernelLoader:
    """Compiles the kernel in a background thread after some queries; none without numba.

    The first `QUERIES_BEFORE_COMPILING` queries, and those until the thread is done, run without:
    no query waits, and a short-lived process never pays for compilation.
    """

    def __init__(self) -> None:
        self.kernel: Kernel | None = None
        self._queries = 0
        self._thread: threading.Thread | None = None

    def count_query(self) -> Kernel | None:
        """Count one more query; return the kernel if it is ready."""
        if self.kernel is None and self._thread is None:
            self._queries += 1
            if self._queries > QUERIES_BEFORE_COMPILING:
                self.start()
        return self.kernel

    def start(self) -> None:
        """Start compiling in the background."""
        self._thread = threading.Thread(target=self._compile, name="bm25-kernel", daemon=True)
        self._thread.start()

    def wait(self) -> Kernel | None:
        """Wait for a compilation under way; return the kernel."""
        if self._thread is not None:
            self._thread.join()
        return self.kernel

    def _compile(self) -> None:
        try:
            self.kernel = compile_kernel()
        except ImportError:  # numba is an extra
            return
