"""Intervals, comparisons, and the evaluation of search."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.app.evaluation.bootstrap import difference, interval
from ragtenancy.app.evaluation.corpus import as_document
from ragtenancy.app.evaluation.evaluation import Evaluation, Latency, Run, compare_runs
from ragtenancy.domain.errors import InvalidError, UnavailableError
from ragtenancy.domain.evaluation import MEASURES, JudgedSet, JudgedText
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation

TEXTS = [
    JudgedText(text_id="refunds", title="Refunds", text="Refunds are paid within 30 days."),
    JudgedText(text_id="reports", title="Reports", text="Press New to create a report."),
    JudgedText(text_id="title", title="Only a title about invoices", text=""),
    JudgedText(text_id="nothing", title="", text=" \n"),
    JudgedText(text_id="long", title="Storms", text="A storm broke every window. " * 200),
]
SHARES = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def judged_set(**judged: str) -> JudgedSet:
    """Questions, each named after the document that answers it."""
    return JudgedSet(
        texts=TEXTS,
        questions=judged,
        judgements={document: {document: 1.0} for document in judged},
    )


async def evaluated(installation: Installation, questions: JudgedSet) -> Evaluation:
    scope = await installation.tenant()
    ways = {"words": SearchSettings(semantic_weight=0.0, bm25_weight=1.0)}
    return await installation.container.search_evaluation().evaluate(scope, questions, ways)


async def test_a_search_is_evaluated_on_the_loaded_documents(installation: Installation) -> None:
    found = await evaluated(installation, judged_set(refunds="refund days", title="invoices"))

    assert found.runs[0].measures["ndcg@10"].mean == 1
    assert (found.documents, found.questions) == (4, 2)
    assert found.chunks > 4


async def test_a_document_of_several_chunks_is_ranked_once(installation: Installation) -> None:
    questions = JudgedSet(
        texts=TEXTS,
        questions={"q": "storm window report"},
        judgements={"q": {"reports": 1.0}},
    )

    found = await evaluated(installation, questions)

    assert found.runs[0].questions["q"]["mrr@10"] in {1.0, 0.5}


async def test_a_loaded_tenant_answers_a_search(installation: Installation) -> None:
    scope = await installation.tenant()
    await installation.container.corpus_loader().load(scope, TEXTS, lambda _: None)

    reply = await installation.search(scope, "refunds")

    assert reply.hits[0].source.filename == "refunds.txt"
    assert list(reply.hits[0].source.section) == ["Refunds"]


async def test_a_set_without_relevant_documents_is_refused(installation: Installation) -> None:
    with pytest.raises(InvalidError):
        await evaluated(installation, judged_set())


async def test_half_a_search_measures_nothing(tmp_path: Path) -> None:
    impatient = Settings(storage="sqlite", data_dir=tmp_path, bm25_timeout=1e-9)
    container = in_memory_container(impatient)

    async with container.closers():
        with pytest.raises(UnavailableError):
            await evaluated(Installation(container), judged_set(refunds="refund days"))


def test_a_title_alone_is_the_text() -> None:
    document = as_document(TEXTS[2])

    assert [block.text for block in document.blocks] == ["Only a title about invoices"]  # type: ignore[union-attr]


@given(SHARES)
@settings(max_examples=10, deadline=None)
def test_an_interval_holds_values_and_repeats(values: list[float]) -> None:
    found = interval(values)

    assert min(values) - 1e-12 <= found.low <= found.high <= max(values) + 1e-12
    assert interval(values) == found


@given(SHARES)
@settings(max_examples=10, deadline=None)
def test_equal_measures_do_not_differ(values: list[float]) -> None:
    found = difference(values, values)

    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert not found.significant


def test_a_gain_on_every_question_is_significant() -> None:
    found = difference([0.1, 0.2, 0.3, 0.2] * 5, [0.4, 0.5, 0.4, 0.3] * 5)

    assert found.significant
    assert found.low > 0
    assert found.p < 0.01


def test_a_reversed_difference_changes_sign() -> None:
    first, second = [0.1, 0.9, 0.5], [0.3, 0.2, 0.5]

    there, back = difference(first, second), difference(second, first)

    assert there.mean == pytest.approx(-back.mean)
    assert there.p == back.p


def test_runs_are_compared_on_their_shared_questions() -> None:
    found = compare_runs(_run("a", q1=0.0, q2=0.5), _run("b", q2=1.0, q3=0.0))

    assert found.measures["map"].questions == 1
    assert found.measures["map"].mean == 0.5


def test_runs_without_a_shared_question_are_not_compared() -> None:
    with pytest.raises(InvalidError):
        compare_runs(_run("a", q1=0.0), _run("b", q2=1.0))


def _run(name: str, **values: float) -> Run:
    questions = {question: dict.fromkeys(MEASURES, value) for question, value in values.items()}
    return Run(
        name=name,
        semantic_weight=0.7,
        bm25_weight=0.3,
        language="english",
        measures={},
        latency_ms=Latency(p50=1.0, p95=2.0),
        questions=questions,
    )
