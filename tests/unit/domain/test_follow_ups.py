"""How a message leans on the turns before it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from ragtenancy.domain.answers import meant
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.follow_ups import correction, leans_back, readings, searched, understood

BEFORE = Turn(
    index=0,
    question="What does the Skagen Pro cost?",
    answer="Skagen Pro \N{EN DASH} Purchase price: 5450 [1]",
    grounded=True,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("message", "put"),
    [
        ("No, I meant the Fjord 4 Milk.", ("the Fjord 4 Milk.", "")),
        ("Sorry, not the wedding, I meant moving house.", ("moving house.", "wedding")),
        ("Oh, I meant HC-7050, not HC-7010.", ("HC-7050", "HC-7010")),
        ("Nein, ich meinte den Boiler", ("den Boiler", "")),
    ],
)
def test_a_correction_says_what_takes_the_place_of_what(message: str, put: tuple[str, str]) -> None:
    assert correction(message) == put


@pytest.mark.parametrize("message", ["What does it mean?", "I meant to ask", "Is it meant for me?"])
def test_a_question_is_no_correction(message: str) -> None:
    found = correction(message)

    assert found is None or message.startswith("I meant")


@pytest.mark.parametrize(
    "question",
    ["Is it in stock?", "and to rent?", "What about Berlin?", "notice period?", "Why?"],
)
def test_a_question_that_points_back_leans(question: str) -> None:
    assert leans_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "Is there a showroom where I can see the machines?",
        "Is it possible to try a machine before I buy?",
        "What is Dispatch?",
        "DSP-4180",
        "Which of the three machines is the quietest?",
    ],
)
def test_a_question_that_stands_alone_does_not_lean(question: str) -> None:
    assert not leans_back(question)


def test_a_first_question_is_read_as_it_stands() -> None:
    assert [r.text for r in readings("Is it in stock?", [])] == ["Is it in stock?"]


def test_a_pronoun_is_read_with_the_previous_question_and_answer() -> None:
    ways = readings("Is it in stock?", [BEFORE])

    assert [way.text for way in ways] == [
        "Is it in stock?",
        "What does the Skagen Pro cost? Is it in stock?",
        "Skagen Pro \N{EN DASH} Purchase price: 5450 Is it in stock?",
    ]
    assert ways[0].weight > ways[1].weight > ways[2].weight


def test_an_ellipsis_means_nothing_of_the_previous_answer() -> None:
    assert [way.text for way in meant(readings("and the Fjord 4?", [BEFORE]))] == [
        "the Fjord 4?",
        "What does the Skagen Pro cost? the Fjord 4?",
    ]


def test_another_topic_is_judged_by_its_own_words_alone() -> None:
    ways = readings("Which law applies to the service agreement?", [BEFORE])

    assert [way.text for way in meant(ways)] == ["Which law applies to the service agreement?"]


def test_what_was_said_before_ranks_for_a_question_that_stands_alone() -> None:
    own, *before = readings("Which law applies to the service agreement?", [BEFORE])

    assert [way.text for way in before] == [
        f"What does the Skagen Pro cost? {own.text}",
        f"Skagen Pro \N{EN DASH} Purchase price: 5450 {own.text}",
    ]
    assert own.weight > sum(way.weight for way in before)


def test_an_answer_that_was_a_refusal_ranks_nothing() -> None:
    refused = structs.replace(BEFORE, answer="I don't know.", grounded=False)

    ways = readings("Which law applies to the service agreement?", [refused])

    assert not any("I don't know." in way.text for way in ways)


def test_what_is_said_before_a_question_is_meant_with_it() -> None:
    message = "My tenancy is a periodic one. What notice do I have to give?"

    (ways,) = understood(message, [])

    assert [way.text for way in meant(ways)] == ["What notice do I have to give?", message]


def test_a_message_of_several_questions_only_ranks_for_each() -> None:
    message = "What does a filter cost? Where is the office?"

    for ways in understood(message, []):
        assert [way.text for way in ways if way.ranks_only] == [message]


def test_a_named_time_points_at_nothing() -> None:
    assert not leans_back("Until which day will the radiators be on this spring?")


def test_what_is_taken_back_is_taken_out_of_the_previous_question() -> None:
    ways = readings("No, not the Skagen Pro, I meant the Fjord 2.", [BEFORE])

    assert "Skagen Pro" not in ways[1].text
    assert "Fjord 2" in ways[1].text


def test_a_later_part_may_lean_on_the_part_before_it() -> None:
    ways = understood("What does a filter cost, and how often do I change it?", [])

    assert [part[0].text for part in ways] == [
        "What does a filter cost",
        "how often do I change it?",
    ]
    assert ways[1][1].text == "What does a filter cost how often do I change it?"


def test_what_was_searched_says_what_was_leant_on() -> None:
    assert searched("Is it in stock?", [BEFORE]) == (
        "What does the Skagen Pro cost? Is it in stock?"
    )
    assert searched("Which law applies here in general?", [BEFORE]) == (
        "Which law applies here in general?"
    )
