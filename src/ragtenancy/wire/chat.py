"""Chat: messages, replies, streamed events and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Struct

from ragtenancy.wire.fields import Moment, Question, SessionId, UserId, about
from ragtenancy.wire.search import Filters, Source


class ChatRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message; without `session_id`, a new session is created and its id returned."""

    message: Annotated[Question, about("The question or message, 1 to 8,000 characters.")]
    session_id: Annotated[
        SessionId | None,
        about(
            "Continues this conversation; an unknown id starts one. If unset, a new id is returned."
        ),
    ] = None
    user_id: Annotated[
        UserId | None,
        about("Your id for the end user: their sessions can be listed and erased by it."),
    ] = None
    filters: Annotated[Filters | None, about("Restricts the answer to documents that match.")] = (
        None
    )
    stream: Annotated[
        bool,
        about(
            "Whether to reply with server-sent events: `sources`, `token` (repeated), then `done` or `error`."
        ),
    ] = False


class Usage(Struct, frozen=True, kw_only=True):
    """The tokens used for the answer."""

    prompt_tokens: Annotated[int, about("The tokens sent to the model.")]
    completion_tokens: Annotated[
        int, about("The tokens that the model wrote, including those of its reasoning.")
    ]
    cached_tokens: Annotated[
        int, about("Those of `prompt_tokens` that the model read from its cache.")
    ] = 0
    reasoning_tokens: Annotated[
        int, about("Those of `completion_tokens` that the model spent on reasoning.")
    ] = 0


class Unsupported(Struct, frozen=True, kw_only=True):
    """A statement that no passage supports; `range` is in characters of the answer."""

    range: Annotated[
        tuple[int, int],
        about("The statement's first character in `answer`, and the one after its last."),
    ]
    reason: Annotated[
        Literal["not_in_passage", "number_not_in_passage", "not_cited"],
        about(
            "`not_in_passage`: the cited passage does not say so; `number_not_in_passage`: it lacks a number; `not_cited`: no passage is cited."
        ),
    ]


class ChatReply(Struct, frozen=True, kw_only=True):
    """The whole turn; `grounded` is true if and only if the answer contains a valid marker.

    `truncated` means that `llm_settings.max_tokens` cut the answer off; `unsupported` lists the
    statements that no passage supports, `missing_identifiers` the codes found in no document.
    """

    answer: Annotated[
        str, about("The answer as Markdown; a marker `[n]` cites the source whose `index` is n.")
    ]
    sources: Annotated[Sequence[Source], about("The passages that the answer was written from.")]
    session_id: Annotated[str, about("The conversation; send it with the next message.")]
    turn_id: str
    client_id: str
    grounded: Annotated[bool, about("Whether the answer cites at least one of `sources`.")]
    truncated: Annotated[bool, about("Whether `llm_settings.max_tokens` cut the answer off.")]
    unsupported: Annotated[Sequence[Unsupported], about("The statements that no passage supports.")]
    missing_identifiers: Annotated[
        Sequence[str], about("Codes in the question that no document contains.")
    ]
    degraded: Annotated[
        Sequence[str], about("The parts of the service that were unavailable for this reply.")
    ]
    usage: Usage
    config_version: Annotated[int, about("The version of the client's configuration that applied.")]
    request_id: Annotated[str, about("The id of this request, as in `X-Request-ID` and the logs.")]


class SourcesEvent(Struct, frozen=True, kw_only=True):
    """The data of the event `sources`."""

    sources: Sequence[Source]


class TokenEvent(Struct, frozen=True, kw_only=True):
    """The data of the event `token`."""

    text: Annotated[str, about("The next piece of the answer.")]


class Session(Struct, frozen=True, kw_only=True):
    """An entry in the list of sessions."""

    session_id: str
    user_id: Annotated[str | None, about("The user id given in chat, if any.")]
    created_at: Moment
    updated_at: Moment
    turns: Annotated[int, about("The number of questions.")]


class Turn(Struct, frozen=True, kw_only=True):
    """A question and its answer; `index` counts from 0.

    `turn_id` is null for turns stored before it existed.
    """

    index: Annotated[int, about("The turn's number in the session, from 0.")]
    turn_id: Annotated[
        str | None, about("The turn's id; null for turns stored before ids existed.")
    ]
    question: str
    answer: str
    sources: Annotated[Sequence[Source], about("The passages that the answer was written from.")]
    grounded: Annotated[bool, about("Whether the answer cites at least one of `sources`.")]
    truncated: Annotated[bool, about("Whether `llm_settings.max_tokens` cut the answer off.")]
    unsupported: Annotated[Sequence[Unsupported], about("The statements that no passage supports.")]
    missing_identifiers: Annotated[
        Sequence[str], about("Codes in the question that no document contains.")
    ]
    status: Annotated[
        Literal["complete", "aborted"],
        about("`aborted`: the answer was interrupted and may be incomplete."),
    ]
    created_at: Moment
