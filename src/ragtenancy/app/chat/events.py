"""What a turn says while it runs; the plain answer is a fold over it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.answers import Usage
from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.ids import BoundedSessionId, BoundedUserId, SessionId
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.query import Question
from ragtenancy.domain.sources import Source, Unsupported


class ChatMessage(Struct, frozen=True, kw_only=True):
    """A question; without a session id one is made.

    Raises `MalformedError` for a question without text and for what is out of its bounds.
    """

    message: Question
    session_id: BoundedSessionId | None = None
    user_id: BoundedUserId | None = None
    filters: SearchFilters | None = None

    def __post_init__(self) -> None:
        """Keep to the bounds."""
        require_bounds(self)
        if not self.message.strip():
            raise MalformedError("The message holds no text.")


class SourcesFound(Struct, frozen=True, kw_only=True):
    """The passages that the answerer was given; comes before the first token."""

    sources: Sequence[Source]


class Token(Struct, frozen=True, kw_only=True):
    """A piece of the answer; all pieces together equal it exactly."""

    text: str


class ChatReply(Struct, frozen=True, kw_only=True):
    """The whole turn. `grounded` is true exactly when a valid marker is in the answer.

    `truncated` says that `llm_settings.max_tokens` cut the answer off, `unsupported` which
    statements no passage bears out, `missing_identifiers` which codes no document holds.
    """

    answer: str
    sources: Sequence[Source]
    session_id: SessionId
    turn_id: str
    client_id: str
    grounded: bool
    truncated: bool = False
    unsupported: Sequence[Unsupported] = ()
    missing_identifiers: Sequence[str] = ()
    degraded: Sequence[str] = ()
    usage: Usage = Usage()
    config_version: int


class Done(Struct, frozen=True, kw_only=True):
    """The last event."""

    reply: ChatReply


TurnEvent = SourcesFound | Token | Done
