"""Follow-up questions."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from ragtenancy.domain.conversations import Turn, standalone_question
from ragtenancy.persistence.record_codec import RecordCodec

EARLIER = Turn(
    index=0,
    question="How do I create a report?",
    answer="Open Reports.",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize("question", ["And how do I share it?", "Why?", "What about exports?"])
def test_a_question_that_points_back_gets_what_it_points_at(question: str) -> None:
    assert standalone_question(question, [EARLIER]) == f"{EARLIER.question} {question}"


def test_a_question_that_stands_alone_is_left_alone() -> None:
    question = "Which plans include priority support?"

    assert standalone_question(question, [EARLIER]) == question


def test_a_first_question_is_left_alone() -> None:
    assert standalone_question("Why?", []) == "Why?"


def test_a_turn_that_was_stored_before_it_had_an_id_is_read() -> None:
    body = msgspec.msgpack.encode(
        {"index": 0, "question": "Q", "answer": "A", "created_at": "2026-01-01T00:00:00Z"}
    )

    read = RecordCodec(Turn).decode(body)

    assert (read.turn_id, read.truncated, read.unsupported) == ("", False, ())
