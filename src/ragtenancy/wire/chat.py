"""Chat: messages, replies, streamed events and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Struct, field

from ragtenancy.domain.feedback import Comment
from ragtenancy.wire.fields import DocumentId, Moment, Question, SessionId, UserId, about
from ragtenancy.wire.pages import PageQuery
from ragtenancy.wire.search import Filters, Source

Rating = Literal["up", "down"]


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


class Citation(Struct, frozen=True, kw_only=True):
    """The words of a source that a marker of the answer points to."""

    index: Annotated[int, about("The source's `index`.")]
    marker: Annotated[
        tuple[int, int],
        about("The marker's first character in `answer`, and the one after its last."),
    ]
    quote: Annotated[str, about("A sentence or row of the source's text, word for word.")]
    range: Annotated[
        tuple[int, int] | None,
        about(
            "The quote's first character in the document's stored text, and the one after its last."
        ),
    ]
    page: Annotated[
        int | None,
        about("The page or slide on which the quote begins; null if the format has none."),
    ] = None


class ChatReply(Struct, frozen=True, kw_only=True):
    """The whole turn; `grounded` is true if and only if the answer contains a valid marker.

    `truncated` means that `llm_settings.max_tokens` cut the answer off; `unsupported` lists the
    statements that no passage supports, `missing_identifiers` the codes found in no document.
    """

    answer: Annotated[
        str, about("The answer as Markdown; a marker `[n]` cites the source whose `index` is n.")
    ]
    sources: Annotated[Sequence[Source], about("The passages that the answer was written from.")]
    citations: Annotated[Sequence[Citation], about("One for each source at each marker.")] = ()
    session_id: Annotated[str, about("The conversation; send it with the next message.")]
    turn_id: Annotated[str, about("The id of this turn within the session.")]
    client_id: Annotated[str, about("The client whose documents were asked.")]
    grounded: Annotated[bool, about("Whether the answer cites at least one of `sources`.")]
    truncated: Annotated[bool, about("Whether `llm_settings.max_tokens` cut the answer off.")]
    unsupported: Annotated[Sequence[Unsupported], about("The statements that no passage supports.")]
    missing_identifiers: Annotated[
        Sequence[str], about("Codes in the question that no document contains.")
    ]
    degraded: Annotated[
        Sequence[str], about("The parts of the service that were unavailable for this reply.")
    ]
    usage: Annotated[Usage, about("The tokens that the answer took.")]
    config_version: Annotated[int, about("The version of the client's configuration that applied.")]
    request_id: Annotated[str, about("The id of this request, as in `X-Request-ID` and the logs.")]


class SourcesEvent(Struct, frozen=True, kw_only=True):
    """The data of the event `sources`."""

    sources: Annotated[Sequence[Source], about("The passages that the answer is written from.")]


class TokenEvent(Struct, frozen=True, kw_only=True):
    """The data of the event `token`."""

    text: Annotated[str, about("The next piece of the answer.")]


class Session(Struct, frozen=True, kw_only=True):
    """An entry in the list of sessions."""

    session_id: Annotated[str, about("The session's id.")]
    user_id: Annotated[str | None, about("The user id given in chat, if any.")]
    created_at: Annotated[Moment, about("When the first message came.")]
    updated_at: Annotated[Moment, about("When the last message came.")]
    turns: Annotated[int, about("The number of questions.")]


class Feedback(Struct, frozen=True, kw_only=True):
    """What a reader said of an answer."""

    rating: Annotated[Rating, about("Whether the answer helped.")]
    comment: Annotated[str | None, about("What the reader wrote, if anything.")]
    right_document_id: Annotated[
        str | None, about("The document that should have answered, if one was named.")
    ]
    given_at: Annotated[Moment, about("When it was given.")]


class NewFeedback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Feedback on an answer."""

    rating: Annotated[Rating, about("Whether the answer helped.")]
    comment: Annotated[Comment | None, about("Why, in at most 4,000 characters.")] = None
    right_document_id: Annotated[
        DocumentId | None, about("The document of yours that should have answered.")
    ] = None


class Turn(Struct, frozen=True, kw_only=True):
    """A question and its answer; `index` counts from 0.

    `turn_id` is null for turns stored before it existed. If the answer cites a document that was
    deleted, the turn is `withheld` and its `answer` null.
    """

    index: Annotated[int, about("The turn's number in the session, from 0.")]
    turn_id: Annotated[
        str | None, about("The turn's id; null for turns stored before ids existed.")
    ]
    question: Annotated[str, about("The message.")]
    answer: Annotated[str | None, about("The answer as Markdown; null if the turn is `withheld`.")]
    citations: Annotated[Sequence[Citation], about("One for each source at each marker.")] = ()
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
    withheld: Annotated[bool, about("Whether the answer cites a document that was deleted.")]
    feedback: Annotated[Feedback | None, about("The last feedback on the answer, if any.")]
    created_at: Annotated[Moment, about("When the message came.")]


class RatedTurn(Turn, frozen=True, kw_only=True):
    """A turn with feedback, and its session."""

    session_id: Annotated[str, about("The conversation.")]


class FeedbackQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of feedback."""

    since: Annotated[Moment | None, about("Only feedback given at this time or later.")] = field(
        name="from", default=None
    )
    until: Annotated[Moment | None, about("Only feedback given before this time.")] = field(
        name="to", default=None
    )
