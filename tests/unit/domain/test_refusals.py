"""Texts that only refuse."""

from __future__ import annotations

import pytest

from ragtenancy.domain.refusals import only_refuses


@pytest.mark.parametrize(
    "text",
    [
        "Where is the gate?\n\nThe documents do not contain this information.",
        "Where is the gate? No answer can be given. What does it cost? I don't know.",
        "门在哪里？没有相关信息。",
        "Wo ist das Tor? Die Dokumente enthalten dazu keine Angaben.",
    ],
)
def test_a_text_of_questions_and_refusals_only_refuses(text: str) -> None:
    assert only_refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Where is the gate?",
        "I don't know the answer to this question.",
        "Where is the gate? It is in the north.",
        "I don't know who built it. The gate is in the north.",
        "Refunds are paid within 30 days.",
    ],
)
def test_a_text_that_tells_something_or_asks_nothing_does_not(text: str) -> None:
    assert not only_refuses(text)
