from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.dialog_folder import Turn
from benchmarks.dialog_prompts import Request, find_turn, read_passages, read_request
from ragtenancy.domain.prompting import Message, render, render_condense
from tests import factories
from tests.passages import passage, request_of

TAGGED = """<passage n="1" nonce="ab">
guide.md: Refunds
Paid in 30 days.
</passage ab>
<passage n="2" nonce="ab">
terms.docx
Dutch law applies.
</passage ab>

Question: When?"""
MARKED = """[1] guide.md: Refunds
Paid in 30 days.

[2] terms.docx
Dutch law applies.

Question: When?"""


def _read(messages: Sequence[Message]) -> Request:
    return read_request([{"role": m.role, "content": m.content} for m in messages])


def _turn(session: str, question: str, earlier: Sequence[str] = ()) -> Turn:
    number = str(len(earlier) + 1)
    return Turn(
        session=session,
        number=number,
        client="acme",
        question=question,
        kind="fact",
        earlier=tuple(earlier),
    )


@pytest.mark.parametrize("prompt", [TAGGED, MARKED])
def test_numbered_passages_are_found_in_tags_and_behind_markers(prompt: str) -> None:
    found = read_passages(prompt)

    assert [(p.number, p.filename, p.text.strip()) for p in found] == [
        (1, "guide.md", "Paid in 30 days."),
        (2, "terms.docx", "Dutch law applies."),
    ]


def test_what_the_product_sends_is_read() -> None:
    request = request_of("When?", passage("Paid in 30 days."), passage("Dutch law.", 2))

    found = _read(render(request, "ab"))

    assert [(p.number, p.filename, p.text.strip()) for p in found.passages] == [
        (1, "guide.md", "Paid in 30 days."),
        (2, "guide.md", "Dutch law."),
    ]
    assert not found.condense
    assert find_turn(found.asked, [_turn("d01", "Paid?"), _turn("d02", "When?")]) is not None


def test_what_the_product_sends_to_rewrite_a_question_is_told_apart() -> None:
    found = _read(render_condense("And then?", [factories.turn()]))

    assert found.condense


def test_of_equal_questions_the_one_with_this_history_is_found() -> None:
    first = _turn("d01", "What does it cost?", ["What is a puck?"])
    second = _turn("d02", "What does it cost?", ["What is decaf?"])

    found = find_turn("What is decaf?\nQuestion: What does it cost?", [first, second])

    assert found == second


def test_the_question_asked_last_is_found() -> None:
    first = _turn("d01", "What does it cost?")
    second = _turn("d01", "and to rent?", ["What does it cost?"])

    found = find_turn("What does it cost?\nLast question: and to rent?", [first, second])

    assert found == second


def test_a_question_that_was_not_asked_is_not_found() -> None:
    assert find_turn("Question: Why?", [_turn("d01", "help")]) is None
