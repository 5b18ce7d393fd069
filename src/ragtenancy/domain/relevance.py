"""Whether a chunk may answer: one rule over all the evidence there is."""

from __future__ import annotations

import math
from enum import Enum

from msgspec import Struct

LEAST_DISTANCE = 1e-3
FEW = 5  # chunks


class Background(Struct, frozen=True, kw_only=True):
    """How near a tenant's chunks are to a question on the whole: the mean of the cosines."""

    mean: float = 0.0


def background_of(total: float, chunks: int) -> Background:
    """Return the background of a number of chunks by the sum of their cosines.

    `FEW` chunks more are counted, none like the question: of a few chunks the one that is asked
    for is a good part of the mean itself.
    """
    return Background(mean=total / (chunks + FEW))


class Evidence(Struct, frozen=True, kw_only=True):
    """What speaks for a chunk.

    `margin`: how much of the way from the tenant's background to a perfect match its cosine has
    come, at most 1, so that it holds for any embedder. `coverage`: the share of the question's
    content that it holds, in its text, its headings or its document's name. `share`: its part of
    the best BM25, which is shown but tells nothing beyond the coverage. `identified`: it holds an
    identifier or a quoted phrase that is asked for. Coverage and share are within 0..1; the cosine is None where it could not be had.
    """

    cosine: float | None
    margin: float
    coverage: float
    share: float
    identified: bool = False


class Bar(Enum):
    """What relevance a chunk needs: the two operating points."""

    EXTRACTIVE = 0.08
    MODEL = 0.04


def bar_for(*, generates: bool) -> Bar:
    """Return the bar for an answerer that writes in words of its own, or that only quotes."""
    return Bar.MODEL if generates else Bar.EXTRACTIVE


WEIGHTS = (-3.73, 5.03, 2.73)
"""Of the constant, the margin and the coverage, by `make fit-relevance`."""
NEARLY_ALL = 0.9


def may_answer(evidence: Evidence, bar: Bar, *, threshold: float | None) -> bool:
    """Return whether a chunk may answer: by the calibrated rule, or by a client's own threshold.

    A threshold is a bound on the cosine, below which a chunk passes that holds an identifier that
    is asked for, or nearly all of the question's content.
    """
    if threshold is None:
        return relevance(evidence) >= bar.value
    if evidence.identified or evidence.coverage >= NEARLY_ALL:
        return True
    return evidence.cosine is not None and evidence.cosine >= threshold


def margin(cosine: float, background: Background) -> float:
    """Return (cosine - mean) / (1 - mean), as Cohen's kappa corrects agreement for chance."""
    return (cosine - background.mean) / max(1 - background.mean, LEAST_DISTANCE)


def relevance(evidence: Evidence) -> float:
    """Return the probability that a chunk is about what is asked, 0..1: a logistic model."""
    constant, of_margin, of_coverage = WEIGHTS
    logit = constant + of_margin * evidence.margin + of_coverage * evidence.coverage
    return 1.0 if evidence.identified else 1 / (1 + math.exp(-logit))
