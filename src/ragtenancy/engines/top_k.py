"""Top-k selection without a full sort."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCKS_PER_HIT = 4


def kth_highest_bound(scores: npt.NDArray[np.floating], k: int) -> float:
    """Return a lower bound of the k-th highest score: the k-th highest of the block maxima.

    Block i holds the elements i, i + blocks, …, so that the maxima are whole-row operations.
    O(n); -inf when there are at most k scores.
    """
    blocks = BLOCKS_PER_HIT * k
    if len(scores) <= k:
        return float("-inf")
    if len(scores) >= 2 * blocks:
        depth = len(scores) // blocks
        scores = scores[: blocks * depth].reshape(depth, blocks).max(axis=0)
    return float(np.partition(scores, len(scores) - k)[len(scores) - k])


def preselect_positive(scores: npt.NDArray[np.float64], k: int) -> npt.NDArray[np.int64]:
    """Return positions in ascending order that include the k highest scores above 0 and all ties."""
    bound = kth_highest_bound(scores, k)
    found = np.flatnonzero(scores >= bound) if bound > 0 else np.flatnonzero(scores > 0)
    if len(found) <= 2 * k:
        return found
    values = scores[found]
    kth = np.partition(values, len(values) - k)[len(values) - k]
    preselected: npt.NDArray[np.int64] = found[values >= kth]
    return preselected
