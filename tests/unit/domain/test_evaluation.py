"""The measures, by hand and by property."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.evaluation import (
    JudgedSet,
    average_precision,
    measured,
    ndcg,
    recall,
    reciprocal_rank,
)

DOCUMENTS = [f"d{number}" for number in range(30)]
RANKINGS = st.permutations(DOCUMENTS)
JUDGEMENTS = st.dictionaries(st.sampled_from(DOCUMENTS), st.sampled_from([-1.0, 0.0, 1.0, 2.0]))


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    judged = {"a": 2.0, "b": 1.0, "c": 0.0}

    value = ndcg(["x", "a", "b"], judged, at=10)

    gained = 2 / math.log2(3) + 1 / math.log2(4)
    assert value == pytest.approx(gained / (2 + 1 / math.log2(3)))


def test_ndcg_counts_the_first_ranks_alone() -> None:
    assert ndcg(["x", "a"], {"a": 1.0}, at=1) == 0


def test_recall_is_of_the_relevant_documents() -> None:
    assert recall(["a", "x", "b"], {"a": 1.0, "b": 1.0, "c": 3.0, "x": 0.0}, at=3) == 2 / 3


def test_the_first_relevant_document_gives_the_reciprocal_rank() -> None:
    assert reciprocal_rank(["x", "y", "a", "b"], {"a": 1.0, "b": 1.0}, at=10) == 1 / 3


def test_no_relevant_document_among_the_first_gives_no_reciprocal_rank() -> None:
    assert reciprocal_rank(["x", "a"], {"a": 1.0}, at=1) == 0


def test_average_precision_is_over_all_relevant_documents() -> None:
    judged = {"a": 1.0, "b": 1.0, "c": 1.0}

    assert average_precision(["a", "x", "b"], judged) == pytest.approx((1 + 2 / 3) / 3)


def test_a_question_without_a_relevant_document_is_not_asked() -> None:
    judged_set = JudgedSet(
        texts=[],
        questions={"1": "one", "2": "two", "3": "three", "4": " "},
        judgements={"1": {"a": 1.0}, "2": {"a": 0.0}, "4": {"a": 1.0}},
    )

    assert judged_set.asked() == {"1": "one"}


@given(RANKINGS, JUDGEMENTS)
def test_every_measure_lies_between_0_and_1(found: list[str], judged: dict[str, float]) -> None:
    assert all(0 <= value <= 1 + 1e-12 for value in measured(found, judged).values())


@given(JUDGEMENTS.filter(lambda judged: max(judged.values(), default=0) > 0))
def test_the_ideal_ranking_scores_1(judged: dict[str, float]) -> None:
    ideal = sorted(judged, key=lambda document: -judged[document])

    values = measured(ideal, judged)

    wanted = sum(grade > 0 for grade in judged.values())
    assert values["ndcg@10"] == pytest.approx(1)
    assert values["map"] == pytest.approx(1)
    assert (values["mrr@10"], values["recall@100"]) == (1, 1)
    assert values["recall@10"] == min(10, wanted) / wanted


@given(RANKINGS, JUDGEMENTS, st.integers(0, len(DOCUMENTS) - 2))
def test_moving_a_better_document_up_never_lowers_a_measure(
    found: list[str], judged: dict[str, float], at: int
) -> None:
    swapped = list(found)
    better = judged.get(found[at + 1], 0.0) >= judged.get(found[at], 0.0)
    swapped[at : at + 2] = found[at : at + 2][:: -1 if better else 1]

    before, after = measured(found, judged), measured(swapped, judged)

    assert all(after[name] >= before[name] - 1e-12 for name in before)


@given(RANKINGS, JUDGEMENTS)
def test_judgements_of_what_is_not_relevant_change_nothing(
    found: list[str], judged: dict[str, float]
) -> None:
    relevant = {document: grade for document, grade in judged.items() if grade > 0}

    assert measured(found, judged) == measured(found, relevant)
