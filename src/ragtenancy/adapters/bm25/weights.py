"""The BM25 formulas."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from msgspec import Struct


class Parameters(Struct, frozen=True, kw_only=True):
    """A variant of BM25: what a term of frequency f adds to a chunk of length l.

    idf · f · (k1 + 1) / (f + k1 · (1 - b + b · l / average length)),

    once for each time it stands in the question. With n of N chunks holding the term, idf is
    ln(1 + (N - n + 0.5) / (n + 0.5)), always positive (Robertson's, as Lucene has it). With
    `epsilon` it is ln(N - n + 0.5) - ln(n + 0.5), and where that is negative epsilon times the
    mean over all terms (`rank_bm25.BM25Okapi`).
    """

    k1: float
    b: float
    epsilon: float | None = None

    def norms(self, lengths: npt.NDArray[np.int64], mean: float) -> npt.NDArray[np.float64]:
        """Return what a chunk's length adds to the divisor; `mean` is above 0."""
        return np.asarray(self.k1 * (1 - self.b + self.b * lengths / mean), np.float64)

    def idf(self, holders: int, total: int, floor: float) -> float:
        """Return the weight of a term that `holders` of `total` chunks hold."""
        if self.epsilon is None:
            return math.log(1 + (total - holders + 0.5) / (holders + 0.5))
        idf = okapi_idf(holders, total)
        return floor if idf < 0 else idf

    def floor(self, holders: npt.NDArray[np.int64], total: int) -> float:
        """Return what stands for a negative idf, given the holders of all terms in order."""
        if self.epsilon is None or not len(holders):
            return 0.0
        distinct, where = np.unique(holders, return_inverse=True)
        idfs = np.array([okapi_idf(count, total) for count in distinct.tolist()])[where]
        return self.epsilon * (float(np.cumsum(idfs)[-1]) / len(holders))


def okapi_idf(holders: int, total: int) -> float:
    """Return Okapi's idf, negative for a term in more than half of the chunks."""
    return math.log(total - holders + 0.5) - math.log(holders + 0.5)


DEFAULT = Parameters(k1=1.2, b=0.75)
OKAPI = Parameters(k1=1.5, b=0.75, epsilon=0.25)
