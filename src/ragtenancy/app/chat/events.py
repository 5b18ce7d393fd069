"""A turn's input, state and events; the plain answer is a fold over the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from msgspec import Meta, Struct

from ragtenancy.app.usage.metering import Meter
from ragtenancy.domain.answers import AnswerRequest, Reading, TermStatistics
from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.ids import (
    ApiKeyId,
    BoundedSessionId,
    BoundedUserId,
    Fingerprint,
    SessionId,
)
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.overviews import Overview
from ragtenancy.domain.query import Question
from ragtenancy.domain.small_talk import SmallTalk
from ragtenancy.domain.sources import Citation, Source, Unsupported
from ragtenancy.domain.tenant_config import EffectiveConfig, Prompt, Temperature
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage


class Exchange(Struct, frozen=True, kw_only=True):
    """An earlier question and its answer, as the caller remembers them."""

    question: str
    answer: str


class ChatMessage(Struct, frozen=True, kw_only=True):
    """A question; without a session id, a new one is created.

    With `history`, oldest first, the caller keeps the conversation: no session is read or stored.
    `instructions` follow the tenant's system prompt; `temperature` and `max_tokens` may only lower
    the tenant's. `key_id` is the key that the question came with. Raises `MalformedError` for a question without text, for a field out of bounds,
    and for a history beside a session.
    """

    message: Question
    session_id: BoundedSessionId | None = None
    user_id: BoundedUserId | None = None
    filters: SearchFilters | None = None
    history: Sequence[Exchange] | None = None
    instructions: Prompt = ""
    temperature: Temperature | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    key_id: ApiKeyId | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self)
        if not self.message.strip():
            raise MalformedError("The message contains no text.")
        if self.history is not None and self.session_id is not None:
            raise MalformedError("A message has either a session or a history.")


class SourcesFound(Struct, frozen=True, kw_only=True):
    """The passages given to the answerer; precedes the first token."""

    sources: Sequence[Source]


class Token(Struct, frozen=True, kw_only=True):
    """A piece of the answer; the pieces concatenate to exactly the answer."""

    text: str


class ChatReply(Struct, frozen=True, kw_only=True):
    """The whole turn. `grounded` is true if and only if the answer contains a valid marker.

    `truncated` means that `llm_settings.max_tokens` cut the answer off; `unsupported` lists the
    statements that no passage supports, `citations` the words that each marker points to, `missing_identifiers` the codes found in no document.
    """

    answer: str
    sources: Sequence[Source]
    citations: Sequence[Citation] = ()
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
    """The last event of a turn."""

    reply: ChatReply


TurnEvent = SourcesFound | Token | Done


class TurnInput(TypedDict):
    """A turn's input; `whole` means that the answer need not stream. `meter` takes model calls."""

    scope: TenantScope
    config: EffectiveConfig
    message: str
    history: Sequence[Turn]
    filters: SearchFilters | None
    instructions: str
    whole: bool
    meter: Meter


class TurnState(TurnInput, total=False):
    """The state that the chat graph's nodes add to and pass on; `request` if a model was asked."""

    said: SmallTalk | None
    question: str
    questions: Sequence[Sequence[Reading]]
    statistics: TermStatistics
    embedding_fingerprint: Fingerprint | None
    missing_identifiers: Sequence[str]
    overview: Overview | None
    sources: Sequence[Source]
    degraded: Sequence[str]
    request: AnswerRequest
    answer: str
    grounded: bool
    unsupported: Sequence[Unsupported]
    truncated: bool
