"""Whether a chunk may answer: one rule over all the evidence."""

from __future__ import annotations

import math
from enum import Enum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ragtenancy.domain.bounds import require_bounds

MIN_DISTANCE = 1e-3
FEW = 5  # chunks


class Background(Struct, frozen=True, kw_only=True):
    """The similarity of a tenant's chunks to a question overall: the mean cosine.

    That of chunks `listed` as the best is an estimate, and too high among many chunks.
    """

    mean: float = 0.0
    listed: bool = False


def background_of(total: float, chunks: int, *, listed: bool = False) -> Background:
    """Return the background from the number of chunks and the sum of their cosines.

    `FEW` extra chunks, unlike the question, are counted: among few chunks the wanted one makes up a
    good part of the mean.
    """
    return Background(mean=total / (chunks + FEW), listed=listed)


class Evidence(Struct, frozen=True, kw_only=True):
    """The evidence that a chunk answers.

    `margin`: how far its cosine is from the tenant's background towards a perfect match, made
    comparable between embedders by their `Scale`. `coverage`: the share of the question's content that it holds, in
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
Factor = Annotated[float, Meta(ge=0.05, le=20)]
Offset = Annotated[float, Meta(ge=-5, le=5)]
ScaleSource = Literal["built_in", "published", "fitted"]


class Scale(Struct, frozen=True, kw_only=True):
    """An embedder's scale: margins become `offset + factor · margin`, for which `WEIGHTS` hold.

    `unrelated`, the cosine of unrelated texts, bounds a background estimated from listed chunks.
    The source is `published` for a scale from other people's cosines, `fitted` for one of the
    operator's own data.
    """

    offset: Offset = 0.0
    factor: Factor = 1.0
    unrelated: float | None = None
    source: ScaleSource = "built_in"

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self)

    def margin(self, cosine: float, background: Background) -> float:
        """Return the scaled margin of a cosine."""
        if background.listed and self.unrelated is not None:
            background = Background(mean=min(background.mean, self.unrelated))
        return self.offset + self.factor * margin(cosine, background)


def published_scale(*, relevant: float, unrelated: float) -> Scale:
    """Return the scale by which a lowest `relevant` cosine alone suffices for extraction.

    It errs on the side of answering: without a word in common, such a chunk just reaches the bar.
    """
    constant, of_margin, _ = WEIGHTS
    enough = (_logit(Bar.EXTRACTIVE.value) - constant) / of_margin
    known = margin(relevant, Background(mean=unrelated))
    return Scale(factor=enough / known, unrelated=unrelated, source="published")


def _logit(chance: float) -> float:
    return math.log(chance / (1 - chance))


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
