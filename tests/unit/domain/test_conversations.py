"""Follow-up questions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from ragtenancy.domain.conversations import (
    MAX_BEHIND,
    RatedTurn,
    Turn,
    heard,
    recalled,
    standalone_question,
    without_deleted,
)
from ragtenancy.domain.feedback import Feedback, Rating
from ragtenancy.domain.ids import DocumentId, SessionId
from ragtenancy.domain.sources import Citation, Unsupported
from ragtenancy.persistence.record_codec import RecordCodec
from tests.factories import NOW, source, turn

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


CITED, GIVEN, HEARD = map(DocumentId, ("doc_cited", "doc_given", "doc_heard"))


def answered(**changes: Any) -> Turn:
    """A turn that cites one of its two sources."""
    sources = (
        source(document_id=CITED, cited=True, text="Cited.", section=("A",), page=3, range=(0, 6)),
        source(index=2, document_id=GIVEN, cited=False, text="Given."),
    )
    told: dict[str, Any] = {
        "sources": sources,
        "unsupported": (Unsupported(range=(0, 4), reason="not_cited"),),
        "citations": (Citation(index=1, marker=(0, 3), quote="Cited.", range=(0, 6), page=3),),
    }
    return turn(0, **(told | changes))


def test_an_answer_that_cites_a_deleted_document_is_withheld() -> None:
    kept = without_deleted(answered(searched="Rewritten?"), {GIVEN})

    assert (kept.withheld, kept.answer, kept.searched, kept.unsupported) == (True, "", "", ())
    assert kept.citations == ()
    removed, other = kept.sources
    assert (removed.removed, removed.text, removed.section) == (True, "", ())
    assert (removed.page, removed.range) == (None, None)
    assert other == answered().sources[1]


def test_a_deleted_document_that_was_only_given_leaves_the_answer() -> None:
    kept = without_deleted(answered(), {CITED})

    assert (kept.withheld, kept.answer) == (False, answered().answer)
    assert [each.removed for each in kept.sources] == [False, True]


def test_an_answer_that_may_cite_a_deleted_document_is_withheld() -> None:
    aborted = answered(sources=(source(document_id=CITED, cited=None),))

    assert without_deleted(aborted, ()).withheld


def test_withholding_twice_is_withholding_once() -> None:
    once = without_deleted(answered(), ())

    assert without_deleted(once, ()) == once


def test_a_question_put_in_words_of_a_deleted_document_is_not_kept() -> None:
    kept = without_deleted(answered(heard=(HEARD,), searched="Rewritten?"), {CITED, GIVEN})

    assert (kept.withheld, kept.answer, kept.searched) == (False, answered().answer, "")


@pytest.mark.parametrize("existing", [{CITED, GIVEN}, {CITED, HEARD}, {GIVEN, HEARD}])
def test_only_the_question_is_recalled_once_a_document_behind_the_answer_is_deleted(
    existing: set[DocumentId],
) -> None:
    told = recalled(answered(heard=(HEARD,), searched="Rewritten?"), existing)

    assert (told.question, told.index, told.withheld) == (answered().question, 0, True)
    assert (told.answer, told.searched, told.grounded, told.behind) == ("", "", False, frozenset())


def test_an_answer_is_recalled_while_the_documents_behind_it_exist() -> None:
    turn = answered(heard=(HEARD,))

    assert recalled(turn, {CITED, GIVEN, HEARD}) == turn


@pytest.mark.parametrize(("more", "withheld"), [(0, False), (1, True)])
def test_an_answer_with_very_many_documents_behind_it_is_not_recalled(
    more: int, *, withheld: bool
) -> None:
    documents = [DocumentId(f"doc_{n}") for n in range(MAX_BEHIND + more)]

    assert recalled(turn(0, sources=(), heard=documents), documents).withheld is withheld


def test_an_answer_has_heard_what_is_behind_the_answers_before_it() -> None:
    history = [answered(heard=(HEARD,)), turn(1), turn(2, answer="", heard=("doc_x",))]

    assert heard(history) == sorted({CITED, GIVEN, HEARD, source().document_id})


def test_nothing_is_withheld_while_the_documents_exist() -> None:
    assert without_deleted(answered(), {CITED, GIVEN}) == answered()


@pytest.mark.parametrize(
    ("rating", "named", "right"),
    [
        (Rating.UP, None, {CITED}),
        (Rating.DOWN, None, set()),
        (Rating.DOWN, GIVEN, {GIVEN}),
        (Rating.UP, GIVEN, {GIVEN}),
    ],
)
def test_feedback_confirms_documents(
    rating: Rating, named: DocumentId | None, right: set[DocumentId]
) -> None:
    feedback = Feedback(rating=rating, right_document_id=named, given_at=NOW)
    rated = RatedTurn(session_id=SessionId("s1"), turn=answered(feedback=feedback))

    assert rated.right_documents == right
