"""Statements and the passages that they cite."""

from __future__ import annotations

import asyncio
import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.grounding import MARKER, CheckedAnswer, each_marker, without_markers
from ragtenancy.domain.sources import Source
from tests.doubles import one_embedder, query_vectors
from tests.passages import passage, request_of
from tests.scripted.token_counters import ScriptedTokenCounter

LEXICONS = Lexicons(SnowballAnalyzer().terms)
ENGLISH = LEXICONS.of("english")
REFUNDS = passage("Refunds are paid within 30 days of purchase. The fee is 1,000 euros.", 1)
SHIPPING = passage("Parcels are shipped on Mondays. Wrap, label and weigh each of them.", 2)
PIECES = st.sampled_from(
    [
        *["Refunds are paid within 30 days", "Parcels are shipped", "Canberra is a capital", "99"],
        *[". ", ".\n", "! ", "\n\n", " ", ", ", " [1]", "[2]", " [1, 2]", " [9]", "[", "]", "。"],
        *["- ", "| a | b |\n", "|---|---|\n", "](http://", "https://evil.example", "<b>", "![x]("],
    ]
)
TEXTS = st.lists(PIECES, max_size=20).map("".join)
SENTENCES = st.sampled_from(
    [
        "Refunds are paid within 30 days.",
        "The fee is 1,500.50 euros a year.",
        "Steps:\n1. Open the lid.\n2. Press START.\n3. Wait 5 minutes.",
        "| Model | Price |\n|---|---|\n| RK-1 | 20 |\n| RK-2 | 30 |",
        "Charges: none; Weight: 3.2 kg; Colour: blue.",
        "Die Frist beträgt drei Monate.",
    ]
)


def checked(text: str, question: str = "How?", size: int = 10_000) -> tuple[str, CheckedAnswer]:
    answer = CheckedAnswer([REFUNDS, SHIPPING], question, ENGLISH)
    cuts = [text[at : at + size] for at in range(0, len(text), size)]
    return "".join(map(answer.feed, cuts)) + answer.finish(), answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Refunds are paid within 30 days [1].", "Refunds are paid within 30 days [1]."),
        ("Refunds are paid within 30 days. [1]", "Refunds are paid within 30 days. [1]"),
        ("They pay a refund within 30 days [S1].", "They pay a refund within 30 days [1]."),
        ("Refunds are paid within 31 days [1].", "Refunds are paid within 31 days."),
        ("Refunds are paid within 30 days [2].", "Refunds are paid within 30 days."),
        ("Refunds are paid within 30 days [1][2][9].", "Refunds are paid within 30 days [1]."),
        ("Refunds are paid within 30 days [1-2].", "Refunds are paid within 30 days [1]."),
        ("The fee is 1000 euros [1].", "The fee is 1000 euros [1]."),
        ("The fee is 1.000 euros [1].", "The fee is 1.000 euros [1]."),
        ("The fee is 1.001 euros [1].", "The fee is 1.001 euros."),
        ("Canberra is the capital of Australia [1].", "Canberra is the capital of Australia."),
        ("According to [1], refunds are paid in 30 days.",) * 2,
        ("Paid within 30 days [1] and shipped on Mondays [2].",) * 2,
        ("You must:\n- wrap\n- label\n- weigh each [2]",) * 2,
        ("- wrap\n- label\n[2]\n",) * 2,
        ("Open array[i] or [this].",) * 2,
        ("Yes [1].",) * 2,
        ("Yes, parcels are shipped [2].",) * 2,
        ("[1]", ""),
        ("Die Parcels kosten nichts, sie gehen am Montag auf den Weg [2].",) * 2,
        (
            "Es dauert binnen 31 Tagen nach dem Kauf [1].",
            "Es dauert binnen 31 Tagen nach dem Kauf.",
        ),
    ],
)
def test_a_marker_stays_where_its_passage_bears_the_statement_out(text: str, expected: str) -> None:
    assert checked(text)[0] == expected


@pytest.mark.parametrize(
    ("text", "statement", "reason"),
    [
        ("Refunds take 31 days [1].", "Refunds take 31 days.", "number_not_in_passage"),
        ("Canberra is a famous capital [1].", "Canberra is a famous capital.", "not_in_passage"),
        ("The office is closed in August.", "The office is closed in August.", "not_cited"),
        (
            "Refunds are paid within 30 days [1]. It costs 17 euros.",
            "It costs 17 euros.",
            "not_cited",
        ),
    ],
)
def test_a_statement_that_is_not_borne_out_is_named(text: str, statement: str, reason: str) -> None:
    said, answer = checked(text)

    (found,) = answer.unsupported()

    assert (said[slice(*found.range)], found.reason) == (statement, reason)


@pytest.mark.parametrize(
    "text",
    [
        "Sure!\n\nRefunds are paid within 30 days [1].",
        "Here are the steps:\n1. Wrap [2]\n2. Label [2]",
        "Here is what you have to do with parcels:\n- wrap\n- label\n- weigh each [2]",
        "## Refunds\n\nRefunds are paid within 30 days [1].",
        "**Refunds**\n\nRefunds are paid within 30 days [1].",
        "Refunds are paid within 30 days. The fee is 1,000 euros [1].",
        "| Thing | Answer |\n|---|---|\n| Refunds | within 30 days [1] |",
        "Refunds are paid within 30 days [1]. Let me know if you need anything else about travel!",
        "Refunds are paid within 30 days [1]. The documents do not say who pays them.",
    ],
)
def test_what_states_nothing_of_its_own_is_not_named(text: str) -> None:
    assert checked(text)[1].unsupported() == []


ROWS = "| Occasion | Days |\n|---|---|\n| Own wedding | 3 |\n| Birth of a child | 4 |"


@pytest.mark.parametrize(("days", "cited"), [(3, {1}), (4, set())])
def test_a_number_of_another_row_bears_nothing_out(days: int, cited: set[int]) -> None:
    answer = CheckedAnswer([passage(ROWS)], "How many days?", ENGLISH)

    answer.feed(f"Occasion: Own wedding, Days: {days} [1].")
    answer.finish()

    assert answer.cited == cited


def test_a_table_whose_rows_share_their_words_keeps_its_marker() -> None:
    rows = [("Fjord 2 espresso machine", 890), ("Fjord 4 espresso machine", 1290)]
    rows += [("Skerry grinder", 340), ("Skerry Pro grinder", 520), ("Milk cooler", 410)]
    prices = passage("\n".join(f"Article: {n}; Price: {p}; Weight: {p % 7}" for n, p in rows), 1)
    table = "\n".join(
        ["| Article | Price |", "| :--- | ---: |", *(f"| {n} | {p} |" for n, p in rows)]
    )
    answer = CheckedAnswer([prices], "List all articles with their prices", ENGLISH)

    said = answer.feed(f"{table}\n\n[1]") + answer.finish()

    assert said == f"{table}\n\n[1]"
    assert answer.unsupported() == []


@pytest.mark.parametrize(
    ("said", "cited"),
    [
        ("This question cannot be answered from the text at hand [1].", set()),
        ("The manual does not cover repairs [1].", {1}),
    ],
)
def test_a_refusal_is_a_statement_only_of_a_passage_that_says_so(
    said: str, cited: set[int]
) -> None:
    given = passage("Keep the text of the manual at hand. The manual does not cover repairs.", 1)
    answer = CheckedAnswer([given], "How?", ENGLISH)

    answer.feed(said)
    answer.finish()

    assert answer.cited == cited


def test_a_long_statement_is_compared_like_a_short_one() -> None:
    words = " ".join(f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(200))
    answer = CheckedAnswer([passage(f"Some {words} more.", 1)], "How?", ENGLISH)

    said = answer.feed(f"More {words} some [1].") + answer.finish()

    assert said.endswith("[1].")


def test_the_questions_own_words_and_numbers_need_no_passage() -> None:
    said, _ = checked("For 7 customers: within 30 days [1].", "What of 7 customers?")

    assert said == "For 7 customers: within 30 days [1]."


def test_a_text_is_handed_on_before_its_sentence_ends() -> None:
    answer = CheckedAnswer([REFUNDS], "How?", ENGLISH)

    assert answer.feed("Refunds are paid ") == "Refunds are paid"


@settings(deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_it_is_the_same_however_the_answer_is_cut(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    answer = CheckedAnswer([REFUNDS, SHIPPING], "How?", ENGLISH)

    streamed = "".join(answer.feed(text[a:b]) for a, b in itertools.pairwise(places))

    whole, other = checked(text)
    assert streamed + answer.finish() == whole
    assert (answer.cited, answer.unsupported()) == (other.cited, other.unsupported())


@settings(deadline=None)
@given(TEXTS)
def test_a_marker_that_is_left_is_a_citation(text: str) -> None:
    said, answer = checked(text)

    assert {int(n) for n in re.findall(r"\[([0-9]+)\]", said)} == answer.cited


@settings(deadline=None)
@given(TEXTS)
def test_what_is_named_lies_in_the_answer(text: str) -> None:
    said, answer = checked(text)

    assert all(said[slice(*found.range)].strip() for found in answer.unsupported())


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(SENTENCES, min_size=1, max_size=4), question=SENTENCES)
def test_an_extract_is_always_borne_out(texts: list[str], question: str) -> None:
    passages = [passage(text, index) for index, text in enumerate(texts, 1)]
    answer = CheckedAnswer(passages, question, ENGLISH)

    said = asyncio.run(extract(question, passages))

    assert answer.feed(said) + answer.finish() == said
    assert answer.unsupported() == []


async def extract(question: str, passages: list[Source]) -> str:
    embedders = one_embedder()
    model = ExtractiveChatModel(
        embedders, query_vectors(embedders), LEXICONS, ScriptedTokenCounter()
    )
    request = request_of(question, *passages)
    return "".join([delta.text async for delta in model.stream(request)])


@given(st.text("[]S0129 \t,;-\u2013a.\n", max_size=40))
def test_each_marker_is_one_that_the_expression_finds(text: str) -> None:
    assert [match.span() for match in each_marker(text)] == [
        match.span() for match in MARKER.finditer(text)
    ]


@given(st.text("[]S0129 \t,;-\u2013a.\n", max_size=40))
def test_a_text_without_brackets_has_no_marker_to_remove(text: str) -> None:
    assert without_markers(text.replace("[", "")) == text.replace("[", "")
