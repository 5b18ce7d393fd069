"""A client's configuration: as input, as stored, and as in effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ragtenancy.domain.prices import Amount
from ragtenancy.domain.tenant_config import (
    Bound,
    CopySimilarity,
    EmbedderName,
    Language,
    MaxTokens,
    ModelName,
    OverlapTokens,
    Prompt,
    ReasoningEffort,
    TargetTokens,
    Temperature,
    TenantConfig,
    TopK,
    Verbosity,
    Weight,
)
from ragtenancy.wire.chat import Unsupported, Usage
from ragtenancy.wire.fields import Moment, Question, about
from ragtenancy.wire.search import Source


class PromptsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client's own words.

    `system_prompt` sets persona and style. The product's own instructions (keep to the passages,
    cite them, answer in the question's language) are always sent with it.
    """

    system_prompt: Annotated[
        Prompt | UnsetType,
        about(
            "The assistant's persona and style, for a language model. The product's own instructions (keep to the passages, cite them, answer in the question's language) are always sent with it."
        ),
    ] = UNSET
    greeting: Annotated[Prompt | UnsetType, about("The answer to a greeting.")] = UNSET
    no_context_response: Annotated[
        Prompt | UnsetType,
        about(
            "The answer if nothing relevant is found. At its default, a built-in sentence in the question's language is used."
        ),
    ] = UNSET


class SearchSettingsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weights of the search legs, the threshold, and the embedder.

    The weights sum to 1. A null threshold means the calibrated rule, a null embedder the
    operator's default. A new embedder takes effect once the documents are reindexed.
    """

    semantic_weight: Annotated[
        Weight | UnsetType, about("The weight of the semantic leg; the two weights sum to 1.")
    ] = UNSET
    bm25_weight: Annotated[Weight | UnsetType, about("The weight of the BM25 leg.")] = UNSET
    top_k: Annotated[
        TopK | UnsetType, about("The maximum number of hits, and of an answer's sources.")
    ] = UNSET
    similarity_threshold: Annotated[
        Weight | UnsetType | None,
        about(
            "Null: the calibrated relevance rule. A number: the lowest cosine of a passage that may answer."
        ),
    ] = UNSET
    language: Annotated[
        Language | UnsetType, about("The language of stemming and stop words in BM25.")
    ] = UNSET
    embedder: Annotated[
        EmbedderName | UnsetType | None,
        about("One of the operator's embedders; null: the first. In force after a reindexing."),
    ] = UNSET
    copy_similarity: Annotated[
        CopySimilarity | UnsetType | None,
        about(
            "How alike passages must be to be one hit or source: the share of their runs of three words that both have. 1: word for word. Null: copies stay apart."
        ),
    ] = UNSET


class LlmSettingsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer generation; null means the service's or the model's default."""

    model: Annotated[
        ModelName | UnsetType | None,
        about("One of the operator's chat models; null: the default one."),
    ] = UNSET
    temperature: Annotated[
        Temperature | UnsetType | None,
        about("Null: the model's own."),
    ] = UNSET
    max_tokens: Annotated[
        MaxTokens | UnsetType, about("The most tokens of an answer, without a model's reasoning.")
    ] = UNSET
    reasoning_effort: Annotated[
        ReasoningEffort | UnsetType | None,
        about("How much a reasoning model reasons before it answers. Null: the model's own."),
    ] = UNSET
    verbosity: Annotated[
        Verbosity | UnsetType | None,
        about("The length of answers, for models that support it. Null: the model's own."),
    ] = UNSET


class FeaturesInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Feature switches."""

    image_processing: Annotated[bool | UnsetType, about("Describe pictures in documents.")] = UNSET
    conversation_memory: Annotated[
        bool | UnsetType,
        about("Keep conversations; if false, each message stands alone and nothing is stored."),
    ] = UNSET
    attachments: Annotated[
        bool | UnsetType,
        about("Read files inside files, such as a mail's attachments, as documents of their own."),
    ] = UNSET


class ChunkingInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Chunk sizes for ingestion; the overlap is at most half of the target."""

    target_tokens: Annotated[
        TargetTokens | UnsetType, about("The size of chunks; used for new uploads.")
    ] = UNSET
    overlap_tokens: Annotated[
        OverlapTokens | UnsetType,
        about("Tokens repeated from the previous chunk, at most half the target."),
    ] = UNSET


class BudgetInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the client may cost in a month."""

    amount: Annotated[Amount, about("The amount, in the currency of the operator's prices.")]
    action: Annotated[
        Literal["stop", "warn"],
        about("When it is used up: `stop` refuses questions, `warn` only sends the event."),
    ] = "stop"


class LimitsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client's limits; null means the service's default, of tokens and of money no limit."""

    requests_per_minute: Annotated[
        Bound | UnsetType | None,
        about("The maximum number of requests a minute, by each process. Null: none."),
    ] = UNSET
    tokens_per_day: Annotated[
        Bound | UnsetType | None,
        about("Tokens of questions, answers and described pictures in a UTC day. Null: no limit."),
    ] = UNSET
    monthly_budget: Annotated[
        BudgetInput | Amount | UnsetType | None,
        about(
            "What the client may cost in a UTC month, by the operator's prices; a number stops at that amount. Null: no limit."
        ),
    ] = UNSET
    max_concurrent_requests: Annotated[
        Bound | UnsetType | None,
        about(
            "The maximum number of chats, streams and uploads at once, by each process. Null: none."
        ),
    ] = UNSET
    max_documents: Annotated[
        Bound | UnsetType | None, about("Null: the service's default, 10,000.")
    ] = UNSET
    max_pending_jobs: Annotated[
        Bound | UnsetType | None, about("Null: the service's default, 8.")
    ] = UNSET
    max_upload_bytes: Annotated[
        Bound | UnsetType | None, about("Null: the service's default, 50 MB.")
    ] = UNSET


class ConfigInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole configuration; unset fields take their defaults."""

    prompts: Annotated[PromptsInput, about("The client's own words.")] = PromptsInput()
    search_settings: Annotated[
        SearchSettingsInput, about("How passages are found and weighed.")
    ] = SearchSettingsInput()
    llm_settings: Annotated[LlmSettingsInput, about("How answers are generated.")] = (
        LlmSettingsInput()
    )
    features: Annotated[FeaturesInput, about("Feature switches.")] = FeaturesInput()
    chunking: Annotated[ChunkingInput, about("Chunk sizes for new uploads.")] = ChunkingInput()
    limits: Annotated[LimitsInput, about("The client's limits.")] = LimitsInput()

    def filled(self) -> TenantConfig:
        """Return the configuration with the defaults filled in.

        Raises `InvalidError` for inconsistent values.
        """
        given = msgspec.to_builtins(self)
        budget = given["limits"].get("monthly_budget")
        if isinstance(budget, int | float):
            given["limits"]["monthly_budget"] = {"amount": budget}
        return msgspec.convert(given, TenantConfig)


class Rollback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version whose configuration to restore."""

    version: Annotated[Bound, about("The version to restore, from the list of versions.")]


class PreviewRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question to answer under a configuration that is not saved."""

    config: Annotated[
        ConfigInput, about("The whole configuration; unset fields take their defaults.")
    ]
    question: Annotated[Question, about("The question, 1 to 8,000 characters.")]


class PromptMessage(Struct, frozen=True, kw_only=True):
    """A message to a language model."""

    role: Annotated[Literal["system", "user", "assistant"], about("Who speaks.")]
    content: Annotated[str, about("The message.")]


class ConfigPreview(Struct, frozen=True, kw_only=True):
    """What a configuration would answer; nothing of it is stored."""

    prompt: Annotated[
        Sequence[PromptMessage],
        about(
            "What a language model gets; without passages, the system message alone. The `nonce` in it differs each time."
        ),
    ]
    model: Annotated[
        str | None,
        about(
            "The language model that was asked; null if none was: the answer is quoted from the passages, small talk or a refusal."
        ),
    ]
    passages: Annotated[Sequence[Source], about("The passages that the answer was written from.")]
    answer: Annotated[
        str, about("The answer as Markdown; a marker `[n]` cites the passage whose `index` is n.")
    ]
    grounded: Annotated[bool, about("Whether the answer cites at least one of `passages`.")]
    truncated: Annotated[bool, about("Whether `llm_settings.max_tokens` cut the answer off.")]
    unsupported: Annotated[Sequence[Unsupported], about("The statements that no passage supports.")]
    missing_identifiers: Annotated[
        Sequence[str], about("Codes in the question that no document contains.")
    ]
    degraded: Annotated[
        Sequence[str], about("The parts of the service that were unavailable for this answer.")
    ]
    usage: Annotated[Usage, about("The tokens that the answer took.")]


class Prompts(Struct, frozen=True, kw_only=True):
    """The client's own words."""

    system_prompt: Annotated[str, about("The assistant's persona and style.")]
    greeting: Annotated[str, about("The words with which a chat opens.")]
    no_context_response: Annotated[str, about("The reply when the documents contain no answer.")]


class SearchSettings(Struct, frozen=True, kw_only=True):
    """The weights of the search legs, the threshold, and the embedder."""

    semantic_weight: Annotated[float, about("The weight of semantic search, 0 to 1.")]
    bm25_weight: Annotated[float, about("The weight of BM25 (word) search, 0 to 1.")]
    top_k: Annotated[int, about("The number of hits that a search returns and an answer uses.")]
    similarity_threshold: Annotated[
        float | None,
        about(
            "The lowest cosine similarity of a passage that may answer; null applies the calibrated rule."
        ),
    ]
    language: Annotated[str, about("The language whose word stems BM25 uses.")]
    embedder: Annotated[
        str | None,
        about("The embedding model, from the operator's list; null means the operator's default."),
    ]
    copy_similarity: Annotated[
        float | None,
        about("How alike passages are that count as one, 1 word for word; null: none do."),
    ]


class EffectiveSearchSettings(SearchSettings, frozen=True, kw_only=True):
    """The search settings in effect, with the source of the threshold.

    `embedder` is never null: the next reindexing moves the documents to it.
    """

    similarity_threshold_source: Annotated[
        Literal["calibrated", "client"],
        about(
            "`client` if the configuration sets the threshold, `calibrated` if the built-in rule applies."
        ),
    ]


class LlmSettings(Struct, frozen=True, kw_only=True):
    """The settings for generating answers."""

    model: Annotated[
        str | None,
        about("The chat model, from the operator's list; null means the operator's default."),
    ]
    temperature: Annotated[
        float | None, about("The sampling temperature; null means the model's own default.")
    ]
    max_tokens: Annotated[int, about("The longest answer, in tokens, without a model's reasoning.")]
    reasoning_effort: Annotated[
        str | None, about("How much a reasoning model reasons; null means the model's own default.")
    ]
    verbosity: Annotated[
        str | None, about("The length of answers; null means the model's own default.")
    ]


class Features(Struct, frozen=True, kw_only=True):
    """Feature switches."""

    image_processing: Annotated[
        bool, about("Whether ingestion describes the pictures in documents.")
    ]
    conversation_memory: Annotated[
        bool, about("Whether an answer takes the session's earlier turns into account.")
    ]
    attachments: Annotated[
        bool, about("Whether files inside files are read as documents of their own.")
    ]


class Chunking(Struct, frozen=True, kw_only=True):
    """Chunk sizes for ingestion."""

    target_tokens: Annotated[int, about("The size of a chunk, in tokens.")]
    overlap_tokens: Annotated[
        int, about("The tokens that each chunk repeats from the previous one.")
    ]


class Budget(Struct, frozen=True, kw_only=True):
    """What the client may cost in a month."""

    amount: Annotated[float, about("The amount, in the currency of the operator's prices.")]
    action: Annotated[
        Literal["stop", "warn"],
        about("When it is used up: `stop` refuses questions, `warn` only sends the event."),
    ]


class Limits(Struct, frozen=True, kw_only=True):
    """The client's limits."""

    requests_per_minute: Annotated[
        int | None, about("The maximum number of requests a minute; null: none.")
    ] = None
    tokens_per_day: Annotated[
        int | None,
        about("Tokens of questions, answers and described pictures in a UTC day; null: no limit."),
    ] = None
    monthly_budget: Annotated[
        Budget | None, about("What the client may cost in a UTC month; null: no limit.")
    ] = None
    max_concurrent_requests: Annotated[
        int | None, about("The maximum number of chats, streams and uploads at once; null: none.")
    ] = None
    max_documents: Annotated[int | None, about("The maximum number of documents.")] = None
    max_pending_jobs: Annotated[
        int | None, about("The maximum number of queued and running ingestion jobs.")
    ] = None
    max_upload_bytes: Annotated[
        int | None, about("The maximum size of an uploaded file, in bytes.")
    ] = None


class Config(Struct, frozen=True, kw_only=True):
    """A configuration as stored."""

    prompts: Annotated[Prompts, about("The client's own words.")]
    search_settings: Annotated[SearchSettings, about("How passages are found and weighed.")]
    llm_settings: Annotated[LlmSettings, about("How answers are generated.")]
    features: Annotated[Features, about("Feature switches.")]
    chunking: Annotated[Chunking, about("Chunk sizes for new uploads.")]
    limits: Annotated[Limits, about("The client's limits.")]


class EffectiveConfig(Struct, frozen=True, kw_only=True):
    """The current configuration, with defaults in place of nulls."""

    version: Annotated[int, about("The version's number, also sent as the ETag.")]
    prompts: Annotated[Prompts, about("The client's own words.")]
    search_settings: Annotated[
        EffectiveSearchSettings, about("How passages are found and weighed.")
    ]
    llm_settings: Annotated[LlmSettings, about("How answers are generated.")]
    features: Annotated[Features, about("Feature switches.")]
    chunking: Annotated[Chunking, about("Chunk sizes for new uploads.")]
    limits: Annotated[Limits, about("The client's limits.")]


class ConfigVersion(Struct, frozen=True, kw_only=True):
    """A version of a client's configuration."""

    version: Annotated[int, about("The version's number, from 1.")]
    created_at: Annotated[Moment, about("When the version was made.")]
    created_by: Annotated[str, about("Who made the version.")]
    config: Annotated[Config, about("The configuration as stored.")]
