"""A tenant's configuration, with the rules that its values obey.

A value out of bounds cannot be constructed: not from a request, in Python, or from a bundle or
file. `MalformedError` names the field; values that are each within bounds but incompatible raise
`InvalidError`, whose context names them. Stored values from an older version of these rules are
`healed`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, convert, field, structs

from ragtenancy.domain.bounds import MAX_SAFE_INTEGER, holds, require_bounds
from ragtenancy.domain.errors import InvalidError, LimitError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.prices import Budget, PriceList, priced
from ragtenancy.domain.rates import Level

WEIGHT_TOLERANCE = 1e-6
CONCURRENT_RETRY_AFTER = 1.0
PENDING_RETRY_AFTER = 2.0
DOCUMENTS_RETRY_AFTER = 60.0

MAX_PROMPT = 20_000
Prompt = Annotated[str, Meta(max_length=MAX_PROMPT)]
Weight = Annotated[float, Meta(ge=0, le=1)]
TopK = Annotated[int, Meta(ge=1, le=100)]
CopySimilarity = Annotated[float, Meta(ge=0.5, le=1)]
Temperature = Annotated[float, Meta(ge=0, le=2)]
MaxTokens = Annotated[int, Meta(ge=1, le=32_768)]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Verbosity = Literal["low", "medium", "high"]
ModelName = Annotated[str, Meta(min_length=1, max_length=200)]
EmbedderName = Annotated[str, Meta(min_length=1, max_length=32)]
Language = Literal[
    "arabic", "armenian", "basque", "catalan", "czech", "danish", "dutch", "dutch_porter",
    "english", "esperanto", "estonian", "finnish", "french", "german", "greek", "hindi",
    "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian",
    "persian", "polish", "porter", "portuguese", "romanian", "russian", "serbian", "sesotho",
    "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
TargetTokens = Annotated[int, Meta(ge=32, le=1_024)]
OverlapTokens = Annotated[int, Meta(ge=0, le=512)]
Bound = Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)]

DEFAULT_SYSTEM_PROMPT = (
    "You are a helpful assistant for questions about our documents. Be plain and to the point."
)
DEFAULT_GREETING = "Hello! Ask me anything about your documents."
DEFAULT_NO_CONTEXT = "I don't have information about that."


class Prompts(Struct, frozen=True, kw_only=True):
    """The tenant's own words; the system prompt gives persona and style, not citation rules."""

    system_prompt: Prompt = DEFAULT_SYSTEM_PROMPT
    greeting: Prompt = DEFAULT_GREETING
    no_context_response: Prompt = DEFAULT_NO_CONTEXT

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self, "prompts")


class SearchSettings(Struct, frozen=True, kw_only=True):
    """How this tenant's search weighs its legs, and which embedder embeds its documents.

    A null threshold means the calibrated rule, a null embedder the operator's default. A change of
    embedder takes effect with a reindexing. Passages at least `copy_similarity` alike are one; with
    null, each stands alone.
    """

    semantic_weight: Weight = 0.7
    bm25_weight: Weight = 0.3
    top_k: TopK = 5
    similarity_threshold: Weight | None = None
    language: Language = "english"
    embedder: EmbedderName | None = None
    copy_similarity: CopySimilarity | None = 1.0

    def __post_init__(self) -> None:
        """Check the bounds, and that the weights sum to 1 within 1e-6."""
        require_bounds(self, "search_settings")
        if abs(self.semantic_weight + self.bm25_weight - 1) > WEIGHT_TOLERANCE:
            raise InvalidError(
                "semantic_weight and bm25_weight must sum to 1.",
                code="bad_weights",
                semantic_weight=self.semantic_weight,
                bm25_weight=self.bm25_weight,
            )


class LlmSettings(Struct, frozen=True, kw_only=True):
    """How this tenant's answers are generated.

    A null model is the installation's; a null temperature, effort or verbosity the model's own.
    """

    model: ModelName | None = None
    temperature: Temperature | None = 0.7
    max_tokens: MaxTokens = 800
    reasoning_effort: ReasoningEffort | None = None
    verbosity: Verbosity | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self, "llm_settings")


class Features(Struct, frozen=True, kw_only=True):
    """Feature switches."""

    image_processing: bool = True
    conversation_memory: bool = True
    attachments: bool = True

    def __post_init__(self) -> None:
        """Check that every value is true or false."""
        require_bounds(self, "features")


class Chunking(Struct, frozen=True, kw_only=True):
    """How future documents are cut: a chunk's target tokens, and its overlap with the last."""

    target_tokens: TargetTokens = 160
    overlap_tokens: OverlapTokens = 0

    def __post_init__(self) -> None:
        """Check the bounds, and that the overlap is at most half of a chunk."""
        require_bounds(self, "chunking")
        if 2 * self.overlap_tokens > self.target_tokens:
            raise InvalidError(
                "chunking.overlap_tokens may be at most half of target_tokens.",
                code="bad_chunking",
                target_tokens=self.target_tokens,
                overlap_tokens=self.overlap_tokens,
            )


class Limits(Struct, frozen=True, kw_only=True):
    """Limits of one tenant.

    A null rate, concurrency, number of tokens or budget is none; of the others, null is the
    service's default, never unlimited.
    """

    requests_per_minute: Bound | None = None
    tokens_per_day: Bound | None = None
    monthly_budget: Budget | None = None
    max_concurrent_requests: Bound | None = None
    max_documents: Bound | None = None
    max_pending_jobs: Bound | None = None
    max_upload_bytes: Bound | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self, "limits")


class TenantConfig(Struct, frozen=True, kw_only=True):
    """A client's complete configuration."""

    prompts: Prompts = Prompts()
    search_settings: SearchSettings = SearchSettings()
    llm_settings: LlmSettings = LlmSettings()
    features: Features = Features()
    chunking: Chunking = Chunking()
    limits: Limits = Limits()

    def require_offered(
        self, allowed_models: Collection[str], embedders: Collection[str] = ()
    ) -> None:
        """Raise `InvalidError` for a model or embedder that the installation does not offer."""
        model = self.llm_settings.model
        if model is not None and model not in allowed_models:
            raise InvalidError("llm_settings.model is not offered.", code="unknown_model")
        embedder = self.search_settings.embedder
        if embedder is not None and embedder not in embedders:
            raise InvalidError(
                "search_settings.embedder is not offered; available: "
                f"{', '.join(embedders) or 'none but the default'}.",
                code="unknown_embedder",
            )


class ConfigVersion(Struct, frozen=True, kw_only=True):
    """One version of a tenant's configuration; versions count from 1 and never change."""

    tenant_uid: TenantUid
    version: int
    config: TenantConfig = field(default_factory=TenantConfig)
    created_at: datetime
    created_by: str


def healed(record: object) -> object:
    """Return a stored version without the fields of its configuration that are no longer valid.

    They take their defaults, so that a narrowed bound or a new rule does not take a client out of
    service. Of incompatible values none is kept. Only stores heal: invalid values from elsewhere
    are refused.
    """
    if not isinstance(record, dict) or not isinstance(record.get("config"), dict):
        return record
    sections = record["config"]
    kinds = {each.name: each.type for each in structs.fields(TenantConfig) if each.name in sections}
    kept = {name: _holding(sections[name], kind) for name, kind in kinds.items()}
    return {**record, "config": kept}


def _holding(section: object, kind: type[Struct]) -> Mapping[str, object]:
    given = section if isinstance(section, dict) else {}
    kinds = {each.name: each.type for each in structs.fields(kind) if each.name in given}
    kept = {name: given[name] for name in kinds if holds(given[name], kinds[name])}
    try:
        convert(kept, kind)
    except InvalidError as error:
        return {name: value for name, value in kept.items() if name not in error.context}
    return kept


class DefaultLimits(Struct, frozen=True, kw_only=True):
    """The service's bounds where a tenant's are null."""

    max_documents: int = 10_000
    max_pending_jobs: int = 8
    max_upload_bytes: int = 50_000_000

    def filled(self, limits: Limits) -> EffectiveLimits:
        """Return the limits in force."""
        return EffectiveLimits(
            requests_per_minute=limits.requests_per_minute,
            max_concurrent_requests=limits.max_concurrent_requests,
            max_documents=limits.max_documents or self.max_documents,
            max_pending_jobs=limits.max_pending_jobs or self.max_pending_jobs,
            max_upload_bytes=limits.max_upload_bytes or self.max_upload_bytes,
            tokens_per_day=limits.tokens_per_day,
            monthly_budget=limits.monthly_budget,
        )


def require_room_for_document(documents: int, most: int | None) -> None:
    """Raise `LimitError` if a tenant with `documents` documents, at `most`, may not add another."""
    if most is not None and documents >= most:
        raise LimitError(
            "The client has reached its limit of documents.",
            code="max_documents",
            retry_after=DOCUMENTS_RETRY_AFTER,
            limit=most,
        )


class EffectiveLimits(Struct, frozen=True, kw_only=True):
    """The bounds in force for one tenant; where a rate, concurrency, tokens or budget is null, none."""

    requests_per_minute: int | None = None
    max_concurrent_requests: int | None = None
    max_documents: int
    max_pending_jobs: int
    max_upload_bytes: int
    tokens_per_day: int | None = None
    monthly_budget: Budget | None = None

    def require_rate(self, level: Level, *, taken: bool) -> None:
        """Raise `LimitError` unless a token was `taken` from the tenant's bucket of requests."""
        if not taken:
            raise LimitError(
                "The client has made as many requests a minute as it may.",
                code="requests_per_minute",
                retry_after=level.next_in,
                limit=self.requests_per_minute or 0,
            )

    def require_room_for_request(self, under_way: int) -> None:
        """Raise `LimitError` if a tenant with `under_way` chats and uploads may not begin another."""
        most = self.max_concurrent_requests
        if most is not None and under_way >= most:
            raise LimitError(
                "The client has as many chats, streams and uploads under way as it may have.",
                code="max_concurrent_requests",
                retry_after=CONCURRENT_RETRY_AFTER,
                limit=most,
            )

    def require_room_for_job(self, pending: int) -> None:
        """Raise `LimitError` if a tenant with `pending` jobs may not queue another one."""
        if pending >= self.max_pending_jobs:
            raise LimitError(
                "Too many ingestion jobs are pending.",
                code="max_pending_jobs",
                retry_after=PENDING_RETRY_AFTER,
                limit=self.max_pending_jobs,
            )


class EffectiveConfig(Struct, frozen=True, kw_only=True):
    """A version of the configuration with every null resolved.

    A null threshold stays null: relevance is then judged by the calibrated rule. `embedder` is the
    target of the next reindexing, if the documents are of another.
    """

    version: int
    config: TenantConfig
    similarity_threshold: float | None
    similarity_threshold_source: str
    embedder: str
    limits: EffectiveLimits

    def lowered(self, *, temperature: float | None, max_tokens: int | None) -> EffectiveConfig:
        """Return the configuration with a caller's values where they are below the client's.

        A temperature that is left to the model has nothing to be below, and stays.
        """
        own = self.config.llm_settings
        lower: dict[str, float | int] = {}
        if temperature is not None and own.temperature is not None:
            lower["temperature"] = min(own.temperature, temperature)
        if max_tokens is not None:
            lower["max_tokens"] = min(own.max_tokens, max_tokens)
        config = structs.replace(self.config, llm_settings=structs.replace(own, **lower))
        return structs.replace(self, config=config) if lower else self


class ConfigDefaults(Struct, frozen=True, kw_only=True):
    """An installation's values for a configuration's nulls."""

    limits: DefaultLimits
    embedder: str

    def effective(self, current: ConfigVersion) -> EffectiveConfig:
        """Return a version with its nulls resolved."""
        search = current.config.search_settings
        own = search.similarity_threshold
        return EffectiveConfig(
            version=current.version,
            config=current.config,
            similarity_threshold=own,
            similarity_threshold_source="calibrated" if own is None else "client",
            embedder=search.embedder or self.embedder,
            limits=self.limits.filled(current.config.limits),
        )


class ConfigRules(Struct, frozen=True, kw_only=True):
    """An installation's offer: the operator's models and prices, and the enforced limits.

    `default_model` answers for a client whose configuration names none.
    """

    allowed_models: Collection[str]
    embedders: Collection[str]
    default_model: str = ""
    prices: PriceList | None = None

    def require_valid(self, config: TenantConfig) -> None:
        """Raise `InvalidError`."""
        config.require_offered(self.allowed_models, self.embedders)
        if config.limits.monthly_budget is not None:
            priced(self.prices, config.llm_settings.model or self.default_model)

    def offered(self, config: TenantConfig) -> TenantConfig:
        """Return a configuration with null in place of models not offered here."""
        llm, search = config.llm_settings, config.search_settings
        if llm.model not in self.allowed_models:
            llm = structs.replace(llm, model=None)
        if search.embedder not in self.embedders:
            search = structs.replace(search, embedder=None)
        return structs.replace(config, llm_settings=llm, search_settings=search)
