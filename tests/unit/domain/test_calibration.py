"""Fitting an embedder's relevance scale."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from ragtenancy.domain.calibration import Observed, calibrated, fitted
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.relevance import (
    Background,
    Bar,
    Evidence,
    Scale,
    may_answer,
    published_scale,
)

LOW = Scale()  # of an embedder whose relevant cosines are as low as text-embedding-3-small's


def evidence(cosine: float, coverage: float = 0.0, *, scale: Scale = LOW) -> Evidence:
    above = scale.margin(cosine, Background(mean=0.1))
    return Evidence(cosine=cosine, margin=above, coverage=coverage, share=0.0)


def questions(relevant: float, foreign: float, count: int = 100) -> Sequence[Observed]:
    """Return questions with best cosines around these two."""
    drawn = random.Random(7)
    return [
        Observed(own=own, evidence=[evidence(drawn.gauss(centre, 0.04)), evidence(0.05)])
        for own, centre in [(True, relevant), (False, foreign)]
        for _ in range(count)
    ]


def test_a_fitted_scale_answers_what_the_built_in_one_refuses() -> None:
    found = calibrated(questions(0.3, 0.12), Scale(), model="m", fingerprint="f")

    at = [point.at for point in found.present].index(Bar.EXTRACTIVE.value)
    before, after = found.present[at], found.fitted_curve[at]
    assert before.refused > 0.5
    assert after.refused <= 0.02
    assert after.answered < 0.2


def test_the_plans_threshold_refuses_every_question_of_such_an_embedder() -> None:
    found = calibrated(questions(0.3, 0.12), Scale(), model="m", fingerprint="f")

    refused = {point.at: point.refused for point in found.cosines}
    assert refused[0.5] == 1.0
    assert refused[0.15] == 0.0


def test_a_fit_that_cannot_tell_them_apart_answers() -> None:
    scale = fitted(questions(0.2, 0.2))

    refused = [each for each in questions(0.2, 0.2) if each.own and not _answers(each, scale)]
    assert len(refused) <= 2


def _answers(observed: Observed, scale: Scale) -> bool:
    return any(
        may_answer(evidence(each.cosine or 0.0, scale=scale), Bar.EXTRACTIVE, threshold=None)
        for each in observed.evidence
    )


def test_few_questions_are_refused_in_words() -> None:
    with pytest.raises(InvalidError) as caught:
        calibrated(questions(0.3, 0.1, count=19), Scale(), model="m", fingerprint="f")

    assert caught.value.reason == "too_few_questions"
    assert "there are 19 and 19" in caught.value.detail


def test_a_published_scale_lets_its_lowest_relevant_cosine_answer() -> None:
    published = published_scale(relevant=0.25, unrelated=0.1)
    good, foreign = evidence(0.251, scale=published), evidence(0.1, scale=published)

    assert may_answer(good, Bar.EXTRACTIVE, threshold=None)
    assert not may_answer(evidence(0.251), Bar.EXTRACTIVE, threshold=None)
    assert not may_answer(good, Bar.EXTRACTIVE, threshold=0.5)
    assert not may_answer(foreign, Bar.MODEL, threshold=None)


def test_a_background_of_the_best_chunks_alone_is_bounded_by_that_of_unrelated_texts() -> None:
    published = published_scale(relevant=0.25, unrelated=0.1)
    among_best, among_all = Background(mean=0.3, listed=True), Background(mean=0.3)

    assert published.margin(0.35, among_best) == published.margin(0.35, Background(mean=0.1))
    assert published.margin(0.35, among_all) < published.margin(0.35, among_best)
    assert Scale().margin(0.35, among_best) == Scale().margin(0.35, among_all)
