"""Whether a chunk may answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.relevance import (
    Background,
    Bar,
    Evidence,
    margin,
    may_answer,
    relevance,
)

SHARES = st.floats(0, 1)


def evidence(
    *, cosine: float = 0.3, above: float = 0.3, coverage: float = 0.2, identified: bool = False
) -> Evidence:
    return Evidence(
        cosine=cosine, margin=above, coverage=coverage, share=0.5, identified=identified
    )


@given(above=st.floats(-2, 1), coverage=SHARES, share=SHARES)
def test_relevance_is_a_probability(above: float, coverage: float, share: float) -> None:
    told = Evidence(cosine=None, margin=above, coverage=coverage, share=share)

    assert 0 <= relevance(told) <= 1


@given(above=st.floats(-2, 1), less=SHARES, more=SHARES)
def test_more_of_the_question_never_lowers_relevance(
    above: float, less: float, more: float
) -> None:
    low, high = sorted((less, more))

    assert relevance(evidence(above=above, coverage=low)) <= relevance(
        evidence(above=above, coverage=high)
    )


@given(cosine=st.floats(-1, 1), mean=st.floats(-1, 0.9), squeezed=st.floats(0.1, 1))
def test_a_margin_is_the_same_for_cosines_that_are_squeezed_towards_one(
    cosine: float, mean: float, squeezed: float
) -> None:
    plain = margin(cosine, Background(mean=mean))
    moved = margin(
        1 - squeezed * (1 - cosine),
        Background(mean=1 - squeezed * (1 - mean)),
    )

    assert moved == pytest.approx(plain, abs=1e-6)


def test_a_margin_counts_from_the_background_to_a_perfect_match() -> None:
    background = Background(mean=0.2)

    assert margin(0.2, background) == 0
    assert margin(0.6, background) == pytest.approx(0.5)
    assert margin(1.0, background) == pytest.approx(1)


def test_word_evidence_alone_may_be_enough() -> None:
    assert may_answer(evidence(above=0.1, coverage=0.9), Bar.EXTRACTIVE, threshold=None)


def test_a_language_model_is_asked_about_more_than_an_extract_is_made_of() -> None:
    doubtful = evidence(above=0.2, coverage=0.03)

    assert may_answer(doubtful, Bar.MODEL, threshold=None)
    assert not may_answer(doubtful, Bar.EXTRACTIVE, threshold=None)


def test_a_clients_own_threshold_bounds_the_cosine() -> None:
    assert may_answer(evidence(cosine=0.41), Bar.EXTRACTIVE, threshold=0.4)
    assert not may_answer(evidence(cosine=0.39), Bar.EXTRACTIVE, threshold=0.4)


@pytest.mark.parametrize("told", [evidence(identified=True), evidence(coverage=0.95)])
def test_an_identifier_or_nearly_all_words_pass_below_a_threshold(told: Evidence) -> None:
    assert may_answer(told, Bar.EXTRACTIVE, threshold=1.0)


def test_an_unknown_cosine_never_reaches_a_threshold() -> None:
    told = Evidence(cosine=None, margin=0, coverage=0.2, share=1)

    assert not may_answer(told, Bar.EXTRACTIVE, threshold=0.0)
