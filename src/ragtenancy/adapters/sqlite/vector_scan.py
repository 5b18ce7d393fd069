"""The arithmetic of the exact scan: rough products of all rows, true cosines of a few.

Both are row-by-row dot products (`np.vecdot`). Beside a matrix product they read memory as fast
as it gives, wake no threads to wait for, and a row's value depends on nothing but the row.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ragtenancy.ports.embeddings import Vector, Vectors

Cosines = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
BLOCKS_PER_HIT = 4
EPSILON = float(np.finfo(np.float32).eps)
LOWEST = float(np.finfo(np.float32).min)


def products(matrix: Vectors, vector: Vector) -> Vector:
    """Return the float32 product of each row with a vector."""
    found: Vector = np.vecdot(matrix, vector)
    return found


def cosines(vectors: Vectors, vector: Vector) -> Cosines:
    """Return each row's float64 product with a vector, whatever rows stand beside it."""
    found: Cosines = np.vecdot(vectors.astype(np.float64), vector.astype(np.float64))
    return found


def longest(vectors: Vectors) -> float:
    """Return a bound of the rows' lengths, close to the greatest."""
    squares = np.vecdot(vectors, vectors)
    return math.sqrt(float(squares.max(initial=0.0))) * (1 + 1e-4)


def slack(vector: Vector, length: float) -> float:
    """Return more than a float32 product with rows up to `length` may be off by.

    Higham, Accuracy and Stability of Numerical Algorithms, ch. 3: n u |x| |y|, u half of epsilon.
    """
    return len(vector) * EPSILON * length * longest(vector[np.newaxis])


def reached(rough: Vector, limit: int) -> float:
    """Return a bound that at least `limit` rows reach: the limit-th of the block maxima.

    Block i holds the rows i, i + blocks, …, so that the maxima come from whole-row operations.
    """
    blocks = BLOCKS_PER_HIT * limit
    if len(rough) <= limit:
        return float("-inf")
    if len(rough) >= 2 * blocks:
        deep = len(rough) // blocks
        rough = rough[: blocks * deep].reshape(deep, blocks).max(axis=0)
    return float(np.partition(rough, len(rough) - limit)[len(rough) - limit])


def near(rough: Vector, limit: int, slack: float) -> Rows:
    """Return the rows that can be among the best `limit` when each may be off by `slack`.

    Those of -inf are not.
    """
    return np.flatnonzero(rough >= max(reached(rough, limit) - 2 * slack, LOWEST))


def first(scores: Cosines, limit: int) -> Rows:
    """Return where the `limit` highest scores are, with all that equal the last; high to low."""
    order = scores.argsort()[::-1]
    if len(order) <= limit:
        return order
    return order[: np.count_nonzero(scores >= scores[order[limit - 1]])]
