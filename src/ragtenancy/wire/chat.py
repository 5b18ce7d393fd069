"""Chat: messages, replies, streamed events and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ragtenancy.wire.fields import Moment, Question, SessionId, UserId
from ragtenancy.wire.search import Filters, Source


class ChatRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message; without `session_id`, a new session is created and its id returned."""

    message: Question
    session_id: SessionId | None = None
    user_id: UserId | None = None
    filters: Filters | None = None
    stream: bool = False


class Usage(Struct, frozen=True, kw_only=True):
    """The tokens used for the answer."""

    prompt_tokens: int
    completion_tokens: int


class Unsupported(Struct, frozen=True, kw_only=True):
    """A statement that no passage supports; `range` is in characters of the answer."""

    range: tuple[int, int]
    reason: Literal["not_in_passage", "number_not_in_passage", "not_cited"]


class ChatReply(Struct, frozen=True, kw_only=True):
    """The whole turn; `grounded` is true if and only if the answer contains a valid marker.

    `truncated` means that `llm_settings.max_tokens` cut the answer off; `unsupported` lists the
    statements that no passage supports, `missing_identifiers` the codes found in no document.
    """

    answer: str
    sources: Sequence[Source]
    session_id: str
    turn_id: str
    client_id: str
    grounded: bool
    truncated: bool
    unsupported: Sequence[Unsupported]
    missing_identifiers: Sequence[str]
    degraded: Sequence[str]
    usage: Usage
    config_version: int
    request_id: str


class SourcesEvent(Struct, frozen=True, kw_only=True):
    """The data of the event `sources`."""

    sources: Sequence[Source]


class TokenEvent(Struct, frozen=True, kw_only=True):
    """The data of the event `token`."""

    text: str


class Session(Struct, frozen=True, kw_only=True):
    """An entry in the list of sessions."""

    session_id: str
    user_id: str | None
    created_at: Moment
    updated_at: Moment
    turns: int


class Turn(Struct, frozen=True, kw_only=True):
    """A question and its answer; `index` counts from 0.

    `turn_id` is null for turns stored before it existed.
    """

    index: int
    turn_id: str | None
    question: str
    answer: str
    sources: Sequence[Source]
    grounded: bool
    truncated: bool
    unsupported: Sequence[Unsupported]
    missing_identifiers: Sequence[str]
    status: Literal["complete", "aborted"]
    created_at: Moment
