"""Fitting an embedder's relevance scale to questions that documents answer, and to foreign ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec import Struct, structs

from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.relevance import WEIGHTS, Bar, Evidence, Scale, may_answer, relevance

FEWEST = 20  # questions of each kind
ROUNDS = 8
STEPS = 25
SMALLEST_STEP = 1e-6
SPREAD = (0.5, 3.0)
"""Standard deviations, around no change, of the prior for offset and factor."""
REFUSED = 0.02
"""The share of answerable questions that a fitted scale may refuse at extraction's bar."""
BARS = (0.02, Bar.MODEL.value, 0.06, Bar.EXTRACTIVE.value, 0.1, 0.15, 0.2, 0.3)
THRESHOLDS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85)


class Observed(Struct, frozen=True, kw_only=True):
    """A question put to documents: its own, which answer it, or foreign ones.

    `evidence` is that of the chunks found, with unscaled margins.
    """

    own: bool
    evidence: Sequence[Evidence]


class Point(Struct, frozen=True, kw_only=True):
    """A point of a curve: at a bar, the shares of own questions refused and foreign ones answered."""

    at: float
    refused: float
    answered: float


class Calibrated(Struct, frozen=True, kw_only=True):
    """A fitted scale beside the one it would replace, with their curves.

    `present` and `fitted_curve` are over bars of relevance, `cosines` over thresholds of the cosine.
    """

    model: str
    fingerprint: str
    own: int
    foreign: int
    scale: Scale
    replaces: Scale
    present: Sequence[Point]
    fitted_curve: Sequence[Point]
    cosines: Sequence[Point]


class _Row(NamedTuple):
    margin: float
    base: float
    own: bool
    weight: float


def calibrated(
    observed: Sequence[Observed], replaces: Scale, *, model: str, fingerprint: str
) -> Calibrated:
    """Fit a scale. Raises `InvalidError` (`too_few_questions`)."""
    own = sum(each.own for each in observed)
    foreign = len(observed) - own
    if min(own, foreign) < FEWEST:
        raise InvalidError(
            f"A scale needs at least {FEWEST} questions to their own documents and {FEWEST} to "
            f"others; there are {own} and {foreign}.",
            code="too_few_questions",
        )
    scale = fitted(observed)
    return Calibrated(
        model=model,
        fingerprint=fingerprint,
        own=own,
        foreign=foreign,
        scale=scale,
        replaces=replaces,
        present=[_at_bar(observed, replaces, bar) for bar in BARS],
        fitted_curve=[_at_bar(observed, scale, bar) for bar in BARS],
        cosines=[_at_cosine(observed, threshold) for threshold in THRESHOLDS],
    )


def fitted(observed: Sequence[Observed]) -> Scale:
    """Return the scale of the greatest likelihood, lowered where it would refuse own questions.

    A question is its most relevant chunk by the scale so far; fit and choice alternate. The
    weights of the rule stay as they are, and both kinds of questions count alike.
    """
    scale = Scale(source="fitted")
    for _ in range(ROUNDS):
        scale = _refitted(_rows(observed, scale))
    return _lenient(observed, scale)


def _rows(observed: Sequence[Observed], scale: Scale) -> list[_Row]:
    constant, _, of_coverage = WEIGHTS
    own = sum(each.own for each in observed)
    halves = {True: own, False: len(observed) - own}
    rows = []
    for each in observed:
        best = _best(each, scale)
        if best is not None and not best.identified:
            base = constant + of_coverage * best.coverage
            rows.append(_Row(best.margin, base, each.own, len(observed) / (2 * halves[each.own])))
    return rows


def _refitted(rows: Sequence[_Row]) -> Scale:
    """Return the scale of the greatest likelihood for these chunks, by damped Newton's steps."""
    at = (0.0, 1.0)
    loss = _loss(rows, *at)
    for _ in range(STEPS):
        by_offset, by_factor = _step(rows, *at)
        damping = 1.0
        while damping > SMALLEST_STEP:
            new = (at[0] + damping * by_offset, at[1] + damping * by_factor)
            if _loss(rows, *new) < loss:
                break
            damping /= 2
        else:
            break
        at, loss = new, _loss(rows, *new)
    return _bounded(*at)


def _step(rows: Sequence[_Row], offset: float, factor: float) -> tuple[float, float]:
    """Return Newton's step for offset and factor."""
    of_margin = WEIGHTS[1]
    tight, wide = (1 / spread**2 for spread in SPREAD)
    by_offset, by_factor = -tight * offset, -wide * (factor - 1)
    square, cross, other = tight, 0.0, wide
    for row in rows:
        chance = _chance(_logit_of(row, offset, factor))
        slope = row.weight * (row.own - chance) * of_margin
        bend = row.weight * chance * (1 - chance) * of_margin**2
        by_offset, by_factor = by_offset + slope, by_factor + slope * row.margin
        square, cross, other = (
            square + bend,
            cross + bend * row.margin,
            other + bend * row.margin**2,
        )
    determinant = square * other - cross**2
    return (
        (by_offset * other - by_factor * cross) / determinant,
        (by_factor * square - by_offset * cross) / determinant,
    )


def _loss(rows: Sequence[_Row], offset: float, factor: float) -> float:
    """Return the negative logarithm of the likelihood, with the prior's."""
    prior = (offset / SPREAD[0]) ** 2 + ((factor - 1) / SPREAD[1]) ** 2
    signed = [(_logit_of(row, offset, factor) * (1 if row.own else -1), row.weight) for row in rows]
    return prior / 2 + sum(
        weight * (math.log1p(math.exp(-abs(z))) + max(-z, 0.0)) for z, weight in signed
    )


def _logit_of(row: _Row, offset: float, factor: float) -> float:
    return row.base + WEIGHTS[1] * (offset + factor * row.margin)


def _lenient(observed: Sequence[Observed], scale: Scale) -> Scale:
    """Raise the offset until no more than `REFUSED` of the own questions miss extraction's bar."""
    chances = sorted(_relevance(each, scale) for each in observed if each.own)
    lowest = chances[int(REFUSED * len(chances))]
    missing = _logit(Bar.EXTRACTIVE.value) - _logit(lowest)
    if missing <= 0:
        return scale
    return _bounded(scale.offset + missing / WEIGHTS[1] + 1e-6, scale.factor)


def _bounded(offset: float, factor: float) -> Scale:
    return Scale(
        offset=min(max(offset, -5.0), 5.0), factor=min(max(factor, 0.05), 20.0), source="fitted"
    )


def _scaled(evidence: Evidence, scale: Scale) -> Evidence:
    if evidence.cosine is None:
        return evidence
    return structs.replace(evidence, margin=scale.offset + scale.factor * evidence.margin)


def _best(observed: Observed, scale: Scale) -> Evidence | None:
    """Return the unscaled evidence of the most relevant chunk."""
    return max(observed.evidence, key=lambda each: relevance(_scaled(each, scale)), default=None)


def _relevance(observed: Observed, scale: Scale) -> float:
    best = _best(observed, scale)
    return 0.0 if best is None else relevance(_scaled(best, scale))


def _at_bar(observed: Sequence[Observed], scale: Scale, bar: float) -> Point:
    answered = {
        own: _share(observed, own, lambda each: _relevance(each, scale) >= bar)
        for own in (True, False)
    }
    return Point(at=bar, refused=1 - answered[True], answered=answered[False])


def _at_cosine(observed: Sequence[Observed], threshold: float) -> Point:
    def passes(each: Observed) -> bool:
        return any(may_answer(e, Bar.MODEL, threshold=threshold) for e in each.evidence)

    answered = {own: _share(observed, own, passes) for own in (True, False)}
    return Point(at=threshold, refused=1 - answered[True], answered=answered[False])


def _share(observed: Sequence[Observed], own: bool, passes: Callable[[Observed], bool]) -> float:  # noqa: FBT001 - a kind, not a switch
    kind = [each for each in observed if each.own == own]
    return sum(map(passes, kind)) / len(kind)


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -500.0), 500.0)))


def _logit(chance: float) -> float:
    bounded = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))
