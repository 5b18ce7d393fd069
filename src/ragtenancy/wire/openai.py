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
from ragtenancy.wire.search import Place

FinishReason = Literal["stop", "length"]
Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
Tokens = Annotated[int, Meta(ge=1)]
MAX_INPUTS = 2_048
Text = Annotated[str, Meta(min_length=1, max_length=100_000)]


class ContentPart(Struct, frozen=True, kw_only=True):
    """A part of a message; only text is read."""

    type: Annotated[str, about("`text`; other types are refused.")]
    text: str = ""


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

    type: str = "text"


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
    stream_options: StreamOptions | None = None
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
    response_format: ResponseFormat | None = None


class FileCitation(Struct, frozen=True, kw_only=True):
    """The words of a document that a marker points to."""

    file_id: Annotated[str, about("The document's id.")]
    filename: str
    index: Annotated[int, about("The number in the marker `[n]`, from 1.")]
    quote: Annotated[str, about("A sentence or row of the passage, word for word.")]
    range: Annotated[
        tuple[int, int] | None,
        about("The quote's first character in the document's text, and the one after its last."),
    ]
    page: Annotated[int | None, about("The page, from 1; null if the format has no pages.")]
    start_index: Annotated[int, about("The marker's first character in the answer.")]
    end_index: Annotated[int, about("The character after the marker.")]


class Annotation(Struct, frozen=True, kw_only=True):
    """A citation at a marker of the answer."""

    type: Literal["file_citation"] = "file_citation"
    file_citation: FileCitation


class CitedSource(Struct, frozen=True, kw_only=True):
    """A passage that the answer was written from."""

    index: Annotated[int, about("The number in the marker `[n]`, from 1.")]
    file_id: Annotated[str, about("The document's id.")]
    filename: str
    section: Annotated[Sequence[str], about("The headings above the passage, outermost first.")]
    page: int | None
    range: tuple[int, int] | None
    text: Annotated[str, about("The passage.")]
    score: float
    cited: bool | None
    also_in: Sequence[Place] = ()


class AssistantMessage(Struct, frozen=True, kw_only=True):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: Annotated[
        str, about("The answer as Markdown; a marker `[n]` cites the source whose `index` is n.")
    ]
    refusal: None = None
    annotations: Annotated[Sequence[Annotation], about("One for each source at each marker.")]


class Choice(Struct, frozen=True, kw_only=True):
    """The one answer; `finish_reason` is `length` if it was cut off."""

    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: FinishReason


class PromptDetails(Struct, frozen=True, kw_only=True):
    """Details of the tokens read."""

    cached_tokens: int = 0


class CompletionDetails(Struct, frozen=True, kw_only=True):
    """Details of the tokens written."""

    reasoning_tokens: int = 0


class CompletionUsage(Struct, frozen=True, kw_only=True):
    """The tokens used; all are 0 where no language model answers."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: PromptDetails = PromptDetails()
    completion_tokens_details: CompletionDetails = CompletionDetails()


class ChatCompletion(Struct, frozen=True, kw_only=True):
    """A whole answer, with ragtenancy's own fields after those of OpenAI."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: Annotated[int, about("Seconds since 1970.")]
    model: str
    choices: Sequence[Choice]
    usage: CompletionUsage
    sources: Sequence[CitedSource]
    grounded: Annotated[bool, about("Whether the answer cites at least one of `sources`.")]
    session_id: Annotated[
        str | None, about("The conversation that `X-Session-ID` named; null without one.")
    ]
    degraded: Sequence[str]
    request_id: str


class Delta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chunk adds to the answer."""

    role: Literal["", "assistant"] = ""
    content: str | None = None
    annotations: Sequence[Annotation] = ()


class ChunkChoice(Struct, frozen=True, kw_only=True):
    """The one answer, in part."""

    index: int = 0
    delta: Delta
    logprobs: None = None
    finish_reason: FinishReason | None = None


class ChatCompletionChunk(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of an answer: first its sources, then its text, last its citations."""

    id: str
    object: Literal["", "chat.completion.chunk"] = ""
    created: int
    model: str
    choices: Sequence[ChunkChoice]
    usage: CompletionUsage | None = None
    sources: Sequence[CitedSource] | None = None
    grounded: bool | None = None
    session_id: str | None = None
    degraded: Sequence[str] | None = None
    request_id: str | None = None


class Model(Struct, frozen=True, kw_only=True):
    """A name that `model` may have."""

    id: str
    object: Literal["model"] = "model"
    created: Annotated[int, about("Always 0.")] = 0
    owned_by: Annotated[str, about("The client's id.")]


class ModelList(Struct, frozen=True, kw_only=True):
    """The models: the one that answers from the documents, and the one that embeds them."""

    object: Literal["list"] = "list"
    data: Sequence[Model]


class EmbeddingsRequest(Struct, frozen=True, kw_only=True):
    """Texts to embed by the model of the client's documents."""

    input: Annotated[
        Text
        | Annotated[
            Sequence[Text | int | Sequence[int]], Meta(min_length=1, max_length=MAX_INPUTS)
        ],
        about("One text or several; token numbers are refused."),
    ]
    model: str = ""
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[
        int | None, about("The model's own number of dimensions; others are refused.")
    ] = None


class Embedding(Struct, frozen=True, kw_only=True):
    """One text's vector, of norm 1."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: Annotated[
        Sequence[float] | str, about("Numbers, or little-endian float32 in base64.")
    ]


class EmbeddingUsage(Struct, frozen=True, kw_only=True):
    """The tokens of the texts, counted by the embedding model's tokenizer."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Struct, frozen=True, kw_only=True):
    """The vectors, in the order of the texts."""

    object: Literal["list"] = "list"
    data: Sequence[Embedding]
    model: str
    usage: EmbeddingUsage


class FileCounts(Struct, frozen=True, kw_only=True):
    """The client's documents by state."""

    in_progress: int
    completed: int
    failed: int
    cancelled: int
    total: int


class VectorStore(Struct, frozen=True, kw_only=True):
    """The client's documents as a vector store."""

    id: str
    object: Literal["vector_store"] = "vector_store"
    created_at: int
    name: str
    usage_bytes: int
    file_counts: FileCounts
    status: Literal["completed", "in_progress"]
    last_active_at: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class VectorStoreList(Struct, frozen=True, kw_only=True):
    """The vector stores of a client: exactly one."""

    object: Literal["list"] = "list"
    data: Sequence[VectorStore]
    first_id: str
    last_id: str
    has_more: bool = False


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
    filters: Filter | None = None
    max_num_results: Annotated[int, Meta(ge=1, le=50), about("The maximum number of results.")] = 10
    ranking_options: RankingOptions | None = None
    rewrite_query: Annotated[bool | None, about("Ignored: queries are searched as given.")] = None


class FoundText(Struct, frozen=True, kw_only=True):
    """A result's text."""

    type: Literal["text"] = "text"
    text: str


class FoundFile(Struct, frozen=True, kw_only=True):
    """A chunk of a document, with the document's metadata as `attributes`."""

    file_id: Annotated[str, about("The document's id.")]
    filename: str
    score: Annotated[float, about("The weighted sum of both normalized scores.")]
    attributes: Mapping[str, MetadataValue]
    content: Sequence[FoundText]
    chunk_id: str
    section: Annotated[Sequence[str], about("The headings above the chunk, outermost first.")]
    page: int | None
    range: tuple[int, int] | None


class VectorStoreSearchPage(Struct, frozen=True, kw_only=True):
    """The results, best first; there is one page."""

    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: Sequence[str]
    data: Sequence[FoundFile]
    has_more: bool = False
    next_page: None = None
    degraded: Sequence[str]
