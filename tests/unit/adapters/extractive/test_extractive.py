"""Answers made of the passages' own sentences."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel
from ragtenancy.adapters.extractive.question import Wanted, wanted_by
from ragtenancy.adapters.scripted.embeddings import ScriptedEmbedder
from ragtenancy.adapters.scripted.token_counters import ScriptedTokenCounter
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.citations import MarkerFilter
from ragtenancy.domain.sources import Source
from tests.passages import passage, request_of

STEPS = (
    "To create a report:\n1. Open Reports. It is in the side bar.\n2. Press New.\n3. Save it.\n"
    "Reports are kept for a year."
)
MARKED = re.compile(r"(.+?) \[(\d+)\](?:[ \n]|\Z)", re.DOTALL)


async def answered(question: str, *passages: Source, max_tokens: int = 800) -> str:
    model = ExtractiveChatModel(ScriptedEmbedder(), SnowballAnalyzer(), ScriptedTokenCounter())
    request = request_of(question, *passages, max_tokens=max_tokens)
    return "".join([delta.text async for delta in model.stream(request)])


async def test_the_sentence_that_answers_is_given() -> None:
    text = "The office is blue. Refunds are paid within 30 days. Lunch is at noon."

    assert "Refunds are paid within 30 days. [1]" in await answered(
        "When are refunds paid?", passage(text)
    )


async def test_sentences_come_from_several_passages_in_reading_order() -> None:
    answer = await answered(
        "What do refunds and shipping cost?",
        passage("Refunds cost nothing.", 1),
        passage("Shipping costs five euros.", 2),
    )

    assert answer == "Refunds cost nothing. [1]\nShipping costs five euros. [2]"


async def test_there_are_at_most_three_sentences() -> None:
    text = " ".join(f"Refunds of kind {n} are paid in {n} days." for n in range(1, 12))

    assert len(MARKED.findall(await answered("When are refunds paid?", passage(text)))) == 3


async def test_a_heading_within_a_passage_is_no_answer() -> None:
    said = await answered(
        "How long is the refund period?",
        passage("Refund period\nThe refund period is 14 days.\nWarranty\nFaults are repaired."),
    )

    assert said == "The refund period is 14 days. [1]"


async def test_a_heading_answers_where_nothing_else_does() -> None:
    assert await answered("What is the capital?", passage("Berlin, the capital")) == (
        "Berlin, the capital [1]"
    )


async def test_steps_are_given_whole_and_in_order() -> None:
    answer = await answered("How do I create a report?", passage(STEPS))

    assert [text for text, _ in MARKED.findall(answer)] == [
        "To create a report:",
        "1. Open Reports. It is in the side bar.",
        "2. Press New.",
        "3. Save it.",
    ]


async def test_the_answer_is_no_longer_than_the_tenant_allows() -> None:
    text = " ".join(f"Refunds of kind {n} are paid in {n} days." for n in range(1, 12))

    answer = await answered("When are refunds paid?", passage(text), max_tokens=10)

    assert len(MARKED.findall(answer)) == 1


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Who founded it?", Wanted.PERSON),
        ("When was it built?", Wanted.TIME),
        ("In which year did it end?", Wanted.TIME),
        ("How many users are there?", Wanted.NUMBER),
        ("Where is it?", Wanted.PLACE),
        ("How do I create a report?", Wanted.STEPS),
        ("Why is it so?", Wanted.ANYTHING),
    ],
)
def test_the_kind_of_answer_is_seen_in_the_question(question: str, wanted: Wanted) -> None:
    assert wanted_by(question) is wanted


async def test_a_marker_in_a_document_is_not_a_citation() -> None:
    text = "Refunds are paid within 30 days[2] as agreed.[7]"

    answer = await answered("When are refunds paid?", passage(text), passage("Other.", 2))

    assert answer.startswith("Refunds are paid within 30 days [1] as agreed. [1]")


SENTENCES = st.lists(
    st.text(st.sampled_from("abc deé1.\n-!?[]"), min_size=1, max_size=30), min_size=1, max_size=6
).map(" ".join)


@settings(max_examples=60)
@given(texts=st.lists(SENTENCES, min_size=1, max_size=4), question=SENTENCES)
async def test_every_piece_is_verbatim_in_the_passage_that_its_marker_names(
    texts: list[str], question: str
) -> None:
    passages = [passage(text, index) for index, text in enumerate(texts, 1)]

    for text, number in MARKED.findall(await answered(question, *passages)):
        assert text in texts[int(number) - 1]


@settings(max_examples=60)
@given(texts=st.lists(SENTENCES, min_size=1, max_size=4), question=SENTENCES)
async def test_the_filter_of_markers_finds_nothing_to_change(
    texts: list[str], question: str
) -> None:
    passages = [passage(text, index) for index, text in enumerate(texts, 1)]
    markers = MarkerFilter(len(passages))

    answer = await answered(question, *passages)

    assert markers.feed(answer) + markers.finish() == answer
