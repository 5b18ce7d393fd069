"""The arithmetic of an exact scan: float32 products of all rows, float64 cosines of a few.

Both are row-by-row dot products (`np.vecdot`). Unlike a matrix product they read memory at full
bandwidth without waking threads, and the value of a row depends on that row alone.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ragtenancy.engines.top_k import kth_highest_bound

Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]
Cosines = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
EPSILON = float(np.finfo(np.float32).eps)
LOWEST = float(np.finfo(np.float32).min)


def dot_products(matrix: Vectors, vector: Vector) -> Vector:
    """Return the float32 dot product of each row with a vector."""
    found: Vector = np.vecdot(matrix, vector)
    return found


def cosines(vectors: Vectors, vector: Vector) -> Cosines:
    """Return the float64 dot product of each row with a vector; both are of length 1."""
    found: Cosines = np.vecdot(vectors.astype(np.float64), vector.astype(np.float64))
    return found


def max_norm(vectors: Vectors) -> float:
    """Return a close upper bound of the rows' Euclidean norms."""
    squares = np.vecdot(vectors, vectors)
    return math.sqrt(float(squares.max(initial=0.0))) * (1 + 1e-4)


def rounding_error(vector: Vector, row_norm: float) -> float:
    """Return an upper bound on the error of a float32 dot product with rows up to a norm.

    n · u · |x| · |y| with u half of epsilon (Higham, Accuracy and Stability of Numerical
    Algorithms, 2002, chapter 3).
    """
    return len(vector) * EPSILON * row_norm * max_norm(vector[np.newaxis])


def preselect(approximate: Vector, k: int, error: float) -> Rows:
    """Return the rows that may be among the k highest when each value may be off by `error`.

    Rows of -inf may not.
    """
    return np.flatnonzero(approximate >= max(kth_highest_bound(approximate, k) - 2 * error, LOWEST))


def top_with_ties(scores: Cosines, k: int) -> Rows:
    """Return the positions of the k highest scores and of all ties with the last, high to low."""
    order = scores.argsort()[::-1]
    if len(order) <= k:
        return order
    return order[: np.count_nonzero(scores >= scores[order[k - 1]])]
