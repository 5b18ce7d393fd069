"""Whether a chunk may answer: one rule over all the evidence."""

from __future__ import annotations

import math
from enum import Enum

from msgspec import Struct

MIN_DISTANCE = 1e-3
FEW = 5  # chunks


class Background(Struct, frozen=True, kw_only=True):
    """The similarity of a tenant's chunks to a question overall: the mean cosine."""

    mean: float = 0.0


def background_of(total: float, chunks: int) -> Background:
    """Return the background from the number of chunks and the sum of their cosines.

    `FEW` extra chunks, unlike the question, are counted: among few chunks the wanted one makes up a
    good part of the mean.
    """
    return Background(mean=total / (chunks + FEW))


class Evidence(Struct, frozen=True, kw_only=True):
    """The evidence that a chunk answers.

    `margin`: how far its cosine is from the tenant's background towards a perfect match, at most 1,
    comparable between embedders. `coverage`: the share of the question's content that it holds, in
    its text, its headings or its document's name. `share`: its share of the best BM25, shown but
    uninformative beyond the coverage. `identified`: it holds a requested identifier or quoted
    phrase. Coverage and share are within 0..1; the cosine is None if it was unavailable.
    """

    cosine: float | None
    margin: float
    coverage: float
    share: float
    identified: bool = False


class Bar(Enum):
    """The relevance that a chunk needs: the two operating points."""

    EXTRACTIVE = 0.08
    MODEL = 0.04


def bar_for(*, generates: bool) -> Bar:
    """Return the bar for an answerer that writes in its own words, or for one that only quotes."""
    return Bar.MODEL if generates else Bar.EXTRACTIVE


WEIGHTS = (-3.73, 5.03, 2.73)
"""Weights of the constant, the margin and the coverage, from `make fit-relevance`."""
NEARLY_ALL = 0.9


def may_answer(evidence: Evidence, bar: Bar, *, threshold: float | None) -> bool:
    """Return whether a chunk may answer: by the calibrated rule, or by a client's own threshold.

    A threshold is a bound on the cosine; below it a chunk passes if it holds a requested
    identifier, or nearly all of the question's content.
    """
    if threshold is None:
        return relevance(evidence) >= bar.value
    if evidence.identified or evidence.coverage >= NEARLY_ALL:
        return True
    return evidence.cosine is not None and evidence.cosine >= threshold


def margin(cosine: float, background: Background) -> float:
    """Return (cosine - mean) / (1 - mean), as Cohen's kappa corrects agreement for chance."""
    return (cosine - background.mean) / max(1 - background.mean, MIN_DISTANCE)


def relevance(evidence: Evidence) -> float:
    """Return the probability that a chunk is about what is asked, 0..1: a logistic model."""
    constant, of_margin, of_coverage = WEIGHTS
    logit = constant + of_margin * evidence.margin + of_coverage * evidence.coverage
    return 1.0 if evidence.identified else 1 / (1 + math.exp(-logit))
