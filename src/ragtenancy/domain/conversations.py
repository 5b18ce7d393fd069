"""Conversations: a tenant's sessions and their turns."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, structs

from ragtenancy.domain.feedback import Feedback, Rating
from ragtenancy.domain.ids import DocumentId, SessionId, TenantUid, UserId
from ragtenancy.domain.sources import Citation, Source, Unsupported, without_documents_but
from ragtenancy.domain.usage import Usage

HISTORY_TURNS = 6
MAX_BEHIND = 1_000  # documents behind an answer that later turns may be told


class TurnStatus(StrEnum):
    """Whether the answer was completed."""

    COMPLETE = "complete"
    ABORTED = "aborted"


class Turn(Struct, frozen=True, kw_only=True):
    """One question and its answer; `index` counts from 0.

    `searched` is the interpretation of the question, empty if it was standalone. `turn_id` is empty
    in older turns. The answer of a `withheld` turn is empty: it cited a document that was deleted.
    `citations` are None in older turns and in aborted ones. `heard` are the documents behind the earlier answers that this one was given.
    """

    index: int
    turn_id: str = ""
    question: str
    searched: str = ""
    answer: str
    sources: Sequence[Source] = ()
    citations: Sequence[Citation] | None = None
    heard: Sequence[DocumentId] = ()
    grounded: bool = False
    truncated: bool = False
    unsupported: Sequence[Unsupported] = ()
    missing_identifiers: Sequence[str] = ()
    usage: Usage = Usage()
    status: TurnStatus = TurnStatus.COMPLETE
    withheld: bool = False
    feedback: Feedback | None = None
    created_at: datetime

    @property
    def behind(self) -> frozenset[DocumentId]:
        """The documents whose words the answer may repeat: given as passages or by earlier answers."""
        return frozenset((*self.heard, *(source.document_id for source in self.sources)))


def without_deleted(turn: Turn, documents: Container[DocumentId]) -> Turn:
    """Return a turn without what it holds of documents not in `documents`.

    Their sources lose their content, and an answer that cites one, or may, is withheld.
    """
    sources = tuple(without_documents_but(source, documents) for source in turn.sources)
    kept = structs.replace(turn, sources=sources)
    if not all(document in documents for document in turn.heard):
        kept = structs.replace(kept, searched="")
    if not any(source.removed and source.cited is not False for source in sources):
        return kept
    return structs.replace(
        kept, withheld=True, answer="", searched="", unsupported=(), citations=()
    )


def recalled(turn: Turn, documents: Container[DocumentId]) -> Turn:
    """Return what later turns may be told of a turn.

    Only its question, if its answer may repeat a document that is not in `documents`.
    """
    behind = turn.behind
    if len(behind) <= MAX_BEHIND and all(each in documents for each in behind):
        return turn
    return Turn(
        index=turn.index,
        question=turn.question,
        answer="",
        withheld=True,
        created_at=turn.created_at,
    )


def heard(history: Iterable[Turn]) -> Sequence[DocumentId]:
    """Return the documents behind the answers of a turn's history, sorted."""
    return sorted({document for turn in history if turn.answer for document in turn.behind})


class Conversation(Struct, frozen=True, kw_only=True):
    """The memory of one session; its key is the pair (tenant uid, session id)."""

    tenant_uid: TenantUid
    session_id: SessionId
    user_id: UserId | None = None
    turns: Sequence[Turn] = ()
    created_at: datetime
    updated_at: datetime

    def with_turn(self, turn: Turn) -> Conversation:
        """Return the conversation with the turn added."""
        return structs.replace(self, turns=(*self.turns, turn), updated_at=turn.created_at)

    @property
    def recent(self) -> Sequence[Turn]:
        """The turns for interpreting a follow-up question, oldest first."""
        return self.turns[-HISTORY_TURNS:]


def record_after(
    known: Conversation | None, given: Conversation, turn: Turn
) -> Conversation | None:
    """Return a session's record after adding a turn; None if it was erased during the turn.

    A session without a user is assigned to the user who continues it.
    """
    if known is None and turn.index > 0:
        return None
    record = known or given
    return structs.replace(
        record,
        turns=(),
        user_id=record.user_id or given.user_id,
        updated_at=turn.created_at,
    )


class ConversationSummary(Struct, frozen=True, kw_only=True):
    """An entry in the list of sessions."""

    session_id: SessionId
    user_id: UserId | None
    turns: int
    created_at: datetime
    updated_at: datetime


class RatedTurn(Struct, frozen=True, kw_only=True):
    """A turn with feedback, and its session."""

    session_id: SessionId
    turn: Turn

    @property
    def right_documents(self) -> frozenset[DocumentId]:
        """The documents that the feedback confirms: the one it names, else those cited by a good answer."""
        feedback = self.turn.feedback
        if feedback is None:
            return frozenset()
        if feedback.right_document_id is not None:
            return frozenset((feedback.right_document_id,))
        if feedback.rating is Rating.DOWN:
            return frozenset()
        return frozenset(source.document_id for source in self.turn.sources if source.cited)


_ANAPHORA = re.compile(
    r"\b(it|its|they|them|their|this|that|these|those|he|him|his|she|her|hers|there|one|ones|same)\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(r"\s*(and|or|but|what about|how about|why|how so|also)\b", re.IGNORECASE)
_SHORT = 3


def standalone_question(question: str, history: Sequence[Turn]) -> str:
    """Return the question with its context, for a search without history.

    Only a question that refers back (a pronoun, an ellipsis, at most three words) is prefixed with
    the previous one: always joining turns is worse than the last turn alone.
    """
    if not history or not _leans_back(question):
        return question
    return f"{history[-1].question} {question}"


def _leans_back(question: str) -> bool:
    return bool(
        len(question.split()) <= _SHORT or _ANAPHORA.search(question) or _ELLIPSIS.match(question)
    )


class SessionLease(Struct, frozen=True, kw_only=True):
    """A turn's hold on its session; `token` names the turn and the process that runs it."""

    token: str
    until: datetime

    def free_to(self, token: str, now: datetime, is_dead: Callable[[str], bool]) -> bool:
        """Return whether a turn may take the session: its own, expired, or of a dead process."""
        return self.token == token or self.until <= now or is_dead(_holder_of(self.token))


def turn_token(turn: str, holder: str) -> str:
    """Return the token of a turn that a process (`host:pid:start`) runs."""
    return f"{turn}@{holder}"


def _holder_of(token: str) -> str:
    return token.partition("@")[2]
