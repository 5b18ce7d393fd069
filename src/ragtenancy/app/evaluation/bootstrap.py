"""Bootstrap confidence intervals: for a mean over questions and for a mean paired difference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

RESAMPLES = 10_000
SEED = 20_240_101
LEVEL = 0.95
MAX_DRAWS_PER_BATCH = 1_000_000
Means = npt.NDArray[np.float64]


class Interval(Struct, frozen=True, kw_only=True):
    """A mean and the bounds of its 95 % confidence interval."""

    mean: float
    low: float
    high: float


class Difference(Struct, frozen=True, kw_only=True):
    """A mean difference, its 95 % confidence interval, and the two-sided p-value under no difference."""

    mean: float
    low: float
    high: float
    p: float
    questions: int

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def interval(values: Sequence[float]) -> Interval:
    """Return a measure's mean over questions, with a percentile interval from 10,000 resamples.

    The same values always give the same interval. An empty sequence gives zeros.
    """
    if not values:
        return Interval(mean=0.0, low=0.0, high=0.0)
    low, high = _interval_bounds(_means(values))
    return Interval(mean=float(np.mean(values)), low=low, high=high)


def difference(first: Sequence[float], second: Sequence[float]) -> Difference:
    """Return the mean of `second` minus `first`, paired by question, with an interval.

    The interval is from resampled questions.
    Raises `ValueError` for sequences of unequal length.
    """
    gains = [b - a for a, b in zip(first, second, strict=True)]
    if not gains:
        return Difference(mean=0.0, low=0.0, high=0.0, p=1.0, questions=0)
    means = _means(gains)
    low, high = _interval_bounds(means)
    tail = min(float((means <= 0).mean()), float((means >= 0).mean()))
    return Difference(
        mean=float(np.mean(gains)),
        low=low,
        high=high,
        p=min(1.0, max(2 * tail, 1 / RESAMPLES)),
        questions=len(gains),
    )


def _means(values: Sequence[float]) -> Means:
    """Return the means of the resamples, each as large as the sample."""
    rng = np.random.default_rng(SEED)
    numbers = np.asarray(values, dtype=np.float64)
    rows = max(1, MAX_DRAWS_PER_BATCH // len(numbers))
    parts = [
        numbers[rng.integers(0, len(numbers), (min(rows, RESAMPLES - start), len(numbers)))].mean(
            axis=1
        )
        for start in range(0, RESAMPLES, rows)
    ]
    return np.concatenate(parts)


def _interval_bounds(means: Means) -> tuple[float, float]:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)
