"""Picking the highest scores without sorting them all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
BLOCKS_PER_HIT = 4


def highest_rows(scores: Scores, limit: int) -> npt.NDArray[np.int64]:
    """Return some rows in order, those of the `limit` highest scores above 0 among them."""
    least = _least(scores, limit)
    rows = np.flatnonzero(scores >= least) if least > 0 else np.flatnonzero(scores > 0)
    if len(rows) <= 2 * limit:
        return rows
    found = scores[rows]
    near: npt.NDArray[np.int64] = rows[
        found >= np.partition(found, len(found) - limit)[len(found) - limit]
    ]
    return near


def _least(scores: Scores, limit: int) -> float:
    """Return a bound that at least `limit` scores reach: the limit-th of the block maxima.

    Block i holds the rows i, i + blocks, …, so that the maxima come from whole-row operations.
    """
    blocks = BLOCKS_PER_HIT * limit
    if len(scores) <= limit:
        return 0.0
    if len(scores) >= 2 * blocks:
        deep = len(scores) // blocks
        scores = scores[: blocks * deep].reshape(deep, blocks).max(axis=0)
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])
