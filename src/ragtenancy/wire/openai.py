"""The shapes of the OpenAI API that `/v1` speaks: requests ignore fields that are not named here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from ragtenancy.domain.conditions import Condition, Operator, Values
from ragtenancy.domain.documents import BoundedValue, MetadataKey, MetadataValue
from ragtenancy.domain.query import Question
from ragtenancy.domain.tenant_config import Temperature
from ragtenancy.wire.fields import about
from ragtenancy.wire.problems import Problem
from ragtenancy.wire.search import Place

FinishReason = Literal["stop", "length"]
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
Tokens = Annotated[int, Meta(ge=1)]
MAX_INPUTS = 2_048
Text = Annotated[str, Meta(min_length=1, max_length=100_000)]


class ContentPart(Struct, frozen=True, kw_only=True):
    """A part of a message; only text is read."""

    type: Annotated[str, about("`text`; other types are refused.")]
    text: Annotated[str, about("The text of the part.")] = ""


class ChatMessage(Struct, frozen=True, kw_only=True):
    """One message of the conversation."""

    role: Annotated[
        Role, about("`system`, `developer`, `user` or `assistant`; other roles are refused.")
    ]
    content: Annotated[
        str | Sequence[ContentPart] | None, about("The text, or a list of text parts.")
    ] = None


class StreamOptions(Struct, frozen=True, kw_only=True):
    """Options of a stream."""

    include_usage: Annotated[
        bool, about("Whether a last chunk without choices carries the usage.")
    ] = False


class ResponseFormat(Struct, frozen=True, kw_only=True):
    """The wanted form of the answer; only `text` can be had."""

    type: Annotated[str, about("`text`; other types are refused.")] = "text"


class ChatCompletionRequest(Struct, frozen=True, kw_only=True):
    """A conversation whose last message is the user's.

    The documents decide the answer, the client's configuration the model: `model` is echoed.
    """

    messages: Annotated[
        Sequence[ChatMessage],
        Meta(min_length=1, max_length=1_000),
        about("The conversation, oldest first."),
    ]
    model: Annotated[str, about("Any name; the client's configuration chooses the model.")] = (
        "ragtenancy"
    )
    stream: Annotated[bool | None, about("Whether to reply with server-sent chunks.")] = None
    stream_options: Annotated[StreamOptions | None, about("Options of the stream.")] = None
    temperature: Annotated[
        Temperature | None, about("May lower the client's temperature, never raise it.")
    ] = None
    max_tokens: Annotated[
        Tokens | None, about("May lower the client's `max_tokens`, never raise it.")
    ] = None
    max_completion_tokens: Annotated[Tokens | None, about("The newer name of `max_tokens`.")] = None
    n: Annotated[int | None, about("The number of answers: 1.")] = None
    tools: Annotated[Sequence[Any] | None, about("Refused unless empty.")] = None
    functions: Annotated[Sequence[Any] | None, about("Refused unless empty.")] = None
    response_format: Annotated[ResponseFormat | None, about("The wanted form of the answer.")] = (
        None
    )


class FileCitation(Struct, frozen=True, kw_only=True):
    """The words of a document that a marker points to."""

    file_id: Annotated[str, about("The document's id.")]
    filename: Annotated[str, about("The document's filename.")]
    index: Annotated[int, about("The number in the marker `[n]`, from 1.")]
    quote: Annotated[str, about("A sentence or row of the passage, word for word.")]
    range: Annotated[
        tuple[int, int] | None,
        about("The quote's first character in the document's text, and the one after its last."),
    ]
    page: Annotated[
        int | None,
        about("The page or slide on which the quote begins, from 1; null if the format has none."),
    ]
    start_index: Annotated[int, about("The marker's first character in the answer.")]
    end_index: Annotated[int, about("The character after the marker.")]


class Annotation(Struct, frozen=True, kw_only=True):
    """A citation at a marker of the answer."""

    type: Annotated[Literal["file_citation"], about("Always `file_citation`.")] = "file_citation"
    file_citation: Annotated[FileCitation, about("The words that the marker points to.")]


class CitedSource(Struct, frozen=True, kw_only=True):
    """A passage that the answer was written from."""

    index: Annotated[int, about("The number in the marker `[n]`, from 1.")]
    file_id: Annotated[str, about("The document's id.")]
    filename: Annotated[str, about("The document's filename.")]
    section: Annotated[Sequence[str], about("The headings above the passage, outermost first.")]
    page: Annotated[
        int | None,
        about(
            "The page or slide on which the passage begins, from 1; null if the format has none."
        ),
    ]
    range: Annotated[
        tuple[int, int] | None,
        about("The passage's first character in the document's text, and the one after its last."),
    ]
    text: Annotated[str, about("The passage.")]
    score: Annotated[float, about("The weighted sum of both normalized scores.")]
    cited: Annotated[
        bool | None, about("Whether the answer cites the source; null before the answer's end.")
    ]
    also_in: Annotated[
        Sequence[Place], about("Other documents that contain the passage, in whole or in part.")
    ] = ()


class AssistantMessage(Struct, frozen=True, kw_only=True):
    """The answer."""

    role: Annotated[Literal["assistant"], about("Always `assistant`.")] = "assistant"
    content: Annotated[
        str, about("The answer as Markdown; a marker `[n]` cites the source whose `index` is n.")
    ]
    refusal: Annotated[None, about("Always null: a refusal is in `content`.")] = None
    annotations: Annotated[Sequence[Annotation], about("One for each source at each marker.")]


class Choice(Struct, frozen=True, kw_only=True):
    """The one answer; `finish_reason` is `length` if it was cut off."""

    index: Annotated[int, about("Always 0.")] = 0
    message: Annotated[AssistantMessage, about("The answer.")]
    logprobs: Annotated[None, about("Always null.")] = None
    finish_reason: Annotated[
        FinishReason, about("`stop`, or `length` if `max_tokens` cut the answer off.")
    ]


class PromptDetails(Struct, frozen=True, kw_only=True):
    """Details of the tokens read."""

    cached_tokens: Annotated[int, about("Those that the model read from its cache.")] = 0


class CompletionDetails(Struct, frozen=True, kw_only=True):
    """Details of the tokens written."""

    reasoning_tokens: Annotated[int, about("Those that the model spent on reasoning.")] = 0


class CompletionUsage(Struct, frozen=True, kw_only=True):
    """The tokens used; all are 0 where no language model answers."""

    prompt_tokens: Annotated[int, about("The tokens sent to the model.")] = 0
    completion_tokens: Annotated[int, about("The tokens that the model wrote.")] = 0
    total_tokens: Annotated[int, about("The sum of both.")] = 0
    prompt_tokens_details: Annotated[PromptDetails, about("Details of `prompt_tokens`.")] = (
        PromptDetails()
    )
    completion_tokens_details: Annotated[
        CompletionDetails, about("Details of `completion_tokens`.")
    ] = CompletionDetails()


class ChatCompletion(Struct, frozen=True, kw_only=True):
    """A whole answer, with ragtenancy's own fields after those of OpenAI."""

    id: Annotated[str, about("The completion's id, made from the request's.")]
    object: Annotated[Literal["chat.completion"], about("Always `chat.completion`.")] = (
        "chat.completion"
    )
    created: Annotated[int, about("Seconds since 1970.")]
    model: Annotated[str, about("The `model` of the request.")]
    choices: Annotated[Sequence[Choice], about("The answer, as the only choice.")]
    usage: Annotated[CompletionUsage, about("The tokens that the answer took.")]
    sources: Annotated[
        Sequence[CitedSource], about("The passages that the answer was written from.")
    ]
    grounded: Annotated[bool, about("Whether the answer cites at least one of `sources`.")]
    session_id: Annotated[
        str | None, about("The conversation that `X-Session-ID` named; null without one.")
    ]
    degraded: Annotated[
        Sequence[str], about("The parts of the service that were unavailable for this reply.")
    ]
    request_id: Annotated[str, about("The id of this request, as in `X-Request-ID` and the logs.")]


class Delta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chunk adds to the answer."""

    role: Annotated[Literal["", "assistant"], about("`assistant` in the first chunk.")] = ""
    content: Annotated[str | None, about("The next piece of the answer.")] = None
    annotations: Annotated[Sequence[Annotation], about("The citations, in the last chunk.")] = ()


class ChunkChoice(Struct, frozen=True, kw_only=True):
    """The one answer, in part."""

    index: Annotated[int, about("Always 0.")] = 0
    delta: Annotated[Delta, about("What the chunk adds.")]
    logprobs: Annotated[None, about("Always null.")] = None
    finish_reason: Annotated[
        FinishReason | None,
        about("In the last chunk: `stop`, or `length` if the answer was cut off."),
    ] = None


class ChatCompletionChunk(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of an answer: first its sources, then its text, last its citations."""

    id: Annotated[str, about("The completion's id, the same in every chunk.")]
    object: Annotated[
        Literal["", "chat.completion.chunk"], about("Always `chat.completion.chunk`.")
    ] = ""
    created: Annotated[int, about("Seconds since 1970.")]
    model: Annotated[str, about("The `model` of the request.")]
    choices: Annotated[Sequence[ChunkChoice], about("The piece of the answer, as the only choice.")]
    usage: Annotated[
        CompletionUsage | None, about("The tokens, in the last chunk if `include_usage` was set.")
    ] = None
    sources: Annotated[
        Sequence[CitedSource] | None,
        about("The passages that the answer is written from, in the first chunk and the last."),
    ] = None
    grounded: Annotated[
        bool | None, about("Whether the answer cites at least one of `sources`, in the last chunk.")
    ] = None
    session_id: Annotated[
        str | None, about("The conversation that `X-Session-ID` named, in the last chunk.")
    ] = None
    degraded: Annotated[
        Sequence[str] | None,
        about("The parts of the service that were unavailable, in the last chunk."),
    ] = None
    request_id: Annotated[str | None, about("The id of this request, in the last chunk.")] = None


class Model(Struct, frozen=True, kw_only=True):
    """A name that `model` may have."""

    id: Annotated[str, about("The model's name.")]
    object: Annotated[Literal["model"], about("Always `model`.")] = "model"
    created: Annotated[int, about("Always 0.")] = 0
    owned_by: Annotated[str, about("The client's id.")]


class ModelList(Struct, frozen=True, kw_only=True):
    """The models: the one that answers from the documents, and the one that embeds them."""

    object: Annotated[Literal["list"], about("Always `list`.")] = "list"
    data: Annotated[Sequence[Model], about("The models.")]


class EmbeddingsRequest(Struct, frozen=True, kw_only=True):
    """Texts to embed by the model of the client's documents."""

    input: Annotated[
        Text
        | Annotated[
            Sequence[Text | int | Sequence[int]], Meta(min_length=1, max_length=MAX_INPUTS)
        ],
        about("One text or several; token numbers are refused."),
    ]
    model: Annotated[str, about("Any name; the client's documents decide the model.")] = ""
    encoding_format: Annotated[
        Literal["float", "base64"],
        about("`float` for numbers, `base64` for little-endian float32."),
    ] = "float"
    dimensions: Annotated[
        int | None, about("The model's own number of dimensions; others are refused.")
    ] = None


class Embedding(Struct, frozen=True, kw_only=True):
    """One text's vector, of norm 1."""

    object: Annotated[Literal["embedding"], about("Always `embedding`.")] = "embedding"
    index: Annotated[int, about("The text's position in `input`, from 0.")]
    embedding: Annotated[
        Sequence[float] | str, about("Numbers, or little-endian float32 in base64.")
    ]


class EmbeddingUsage(Struct, frozen=True, kw_only=True):
    """The tokens of the texts, counted by the embedding model's tokenizer."""

    prompt_tokens: Annotated[int, about("The tokens of the texts.")]
    total_tokens: Annotated[int, about("The same number.")]


class EmbeddingList(Struct, frozen=True, kw_only=True):
    """The vectors, in the order of the texts."""

    object: Annotated[Literal["list"], about("Always `list`.")] = "list"
    data: Annotated[Sequence[Embedding], about("The vectors, in the order of the texts.")]
    model: Annotated[str, about("The model that embedded the texts.")]
    usage: Annotated[EmbeddingUsage, about("The tokens of the texts.")]


class FileCounts(Struct, frozen=True, kw_only=True):
    """The client's documents by state."""

    in_progress: Annotated[int, about("Documents that are being ingested.")]
    completed: Annotated[int, about("Documents that can be searched.")]
    failed: Annotated[int, about("Documents whose ingestion failed.")]
    cancelled: Annotated[int, about("Documents whose ingestion was cancelled.")]
    total: Annotated[int, about("The sum.")]


class VectorStore(Struct, frozen=True, kw_only=True):
    """The client's documents as a vector store."""

    id: Annotated[str, about("The store's id: `vs_` followed by the client's id.")]
    object: Annotated[Literal["vector_store"], about("Always `vector_store`.")] = "vector_store"
    created_at: Annotated[int, about("Seconds since 1970.")]
    name: Annotated[str, about("The client's display name.")]
    usage_bytes: Annotated[int, about("The size of the stored originals.")]
    file_counts: Annotated[FileCounts, about("The documents by state.")]
    status: Annotated[
        Literal["completed", "in_progress"],
        about("`in_progress` while a document is being ingested."),
    ]
    last_active_at: Annotated[int | None, about("Always null.")] = None
    metadata: Annotated[Mapping[str, str], about("Always empty.")] = field(default_factory=dict)


class VectorStoreList(Struct, frozen=True, kw_only=True):
    """The vector stores of a client: exactly one."""

    object: Annotated[Literal["list"], about("Always `list`.")] = "list"
    data: Annotated[Sequence[VectorStore], about("The one store.")]
    first_id: Annotated[str, about("The store's id.")]
    last_id: Annotated[str, about("The store's id.")]
    has_more: Annotated[bool, about("Always false.")] = False


class Filter(Condition, frozen=True, kw_only=True):
    """A comparison of a metadata value, or an `and` or `or` of others."""

    type: Annotated[Operator, about("How the value is compared, or how `filters` are joined.")]
    key: Annotated[MetadataKey | None, about("The metadata's name.")] = None
    value: Annotated[
        BoundedValue | Values | None, about("The value; a list for `in` and `nin`.")
    ] = None
    filters: Annotated[Sequence[Filter] | None, about("The conditions of `and` and `or`.")] = None


class RankingOptions(Struct, frozen=True, kw_only=True):
    """Options of the ranking; `ranker` is ignored."""

    score_threshold: Annotated[
        float, Meta(ge=0, le=1), about("Leaves out results with a lower score.")
    ] = 0.0


class VectorStoreSearchRequest(Struct, frozen=True, kw_only=True):
    """A search; a result's score is its best by any of the queries."""

    query: Annotated[
        Question | Annotated[Sequence[Question], Meta(min_length=1, max_length=8)],
        about("One query or up to eight."),
    ]
    filters: Annotated[
        Filter | None, about("Only documents whose metadata fulfil this condition.")
    ] = None
    max_num_results: Annotated[int, Meta(ge=1, le=50), about("The maximum number of results.")] = 10
    ranking_options: Annotated[RankingOptions | None, about("Options of the ranking.")] = None
    rewrite_query: Annotated[bool | None, about("Ignored: queries are searched as given.")] = None


class FoundText(Struct, frozen=True, kw_only=True):
    """A result's text."""

    type: Annotated[Literal["text"], about("Always `text`.")] = "text"
    text: Annotated[str, about("The text of the chunk.")]


class FoundFile(Struct, frozen=True, kw_only=True):
    """A chunk of a document, with the document's metadata as `attributes`."""

    file_id: Annotated[str, about("The document's id.")]
    filename: Annotated[str, about("The document's filename.")]
    score: Annotated[float, about("The weighted sum of both normalized scores.")]
    attributes: Annotated[Mapping[str, MetadataValue], about("The document's metadata.")]
    content: Annotated[Sequence[FoundText], about("The chunk's text, as the only item.")]
    chunk_id: Annotated[str, about("The chunk's id.")]
    section: Annotated[Sequence[str], about("The headings above the chunk, outermost first.")]
    page: Annotated[
        int | None,
        about("The page or slide on which the chunk begins, from 1; null if the format has none."),
    ]
    range: Annotated[
        tuple[int, int] | None,
        about("The chunk's first character in the document's text, and the one after its last."),
    ]


class VectorStoreSearchPage(Struct, frozen=True, kw_only=True):
    """The results, best first; there is one page."""

    object: Annotated[
        Literal["vector_store.search_results.page"],
        about("Always `vector_store.search_results.page`."),
    ] = "vector_store.search_results.page"
    search_query: Annotated[Sequence[str], about("The queries that were searched.")]
    data: Annotated[Sequence[FoundFile], about("The results, best first.")]
    has_more: Annotated[bool, about("Always false.")] = False
    next_page: Annotated[None, about("Always null.")] = None
    degraded: Annotated[
        Sequence[str], about("The search legs that were unavailable for this reply.")
    ]


class OpenAIError(Struct, frozen=True, kw_only=True):
    """An error in the form of the OpenAI API."""

    message: Annotated[str, about("The cause in a sentence.")]
    type: Annotated[str, about("The kind of error, such as `invalid_request_error`.")]
    code: Annotated[str, about("A stable code for programs; see docs/errors.md.")]
    param: Annotated[str | None, about("The field at fault; null if it is none.")]


class OpenAIProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """A problem that also carries the object in which OpenAI's clients look for the error."""

    error: Annotated[OpenAIError, about("The same error, in the form of the OpenAI API.")]
