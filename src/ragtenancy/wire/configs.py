"""A client's configuration: as input, as stored, and as in effect."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ragtenancy.domain.tenant_config import (
    Bound,
    EmbedderName,
    Language,
    MaxTokens,
    ModelName,
    OverlapTokens,
    Prompt,
    TargetTokens,
    Temperature,
    TenantConfig,
    TopK,
    Weight,
)
from ragtenancy.wire.fields import Moment


class PromptsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client's own words.

    `system_prompt` sets persona and style. The product's own instructions (keep to the passages,
    cite them, answer in the question's language) are always sent with it.
    """

    system_prompt: Prompt | UnsetType = UNSET
    greeting: Prompt | UnsetType = UNSET
    no_context_response: Prompt | UnsetType = UNSET


class SearchSettingsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weights of the search legs, the threshold, and the embedder.

    The weights sum to 1. A null threshold means the calibrated rule, a null embedder the
    operator's default. A new embedder takes effect through a reindexing.
    """

    semantic_weight: Weight | UnsetType = UNSET
    bm25_weight: Weight | UnsetType = UNSET
    top_k: TopK | UnsetType = UNSET
    similarity_threshold: Weight | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    embedder: EmbedderName | UnsetType | None = UNSET


class LlmSettingsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answer generation; a null model or temperature means the service's or the model's default."""

    model: ModelName | UnsetType | None = UNSET
    temperature: Temperature | UnsetType | None = UNSET
    max_tokens: MaxTokens | UnsetType = UNSET


class FeaturesInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Feature switches."""

    image_processing: bool | UnsetType = UNSET
    conversation_memory: bool | UnsetType = UNSET


class ChunkingInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Chunk sizes for ingestion; the overlap is at most half of the target."""

    target_tokens: TargetTokens | UnsetType = UNSET
    overlap_tokens: OverlapTokens | UnsetType = UNSET


class LimitsInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The client's limits; null means the service's default."""

    requests_per_minute: Bound | UnsetType | None = UNSET
    tokens_per_day: Bound | UnsetType | None = UNSET
    max_documents: Bound | UnsetType | None = UNSET
    max_pending_jobs: Bound | UnsetType | None = UNSET
    max_upload_bytes: Bound | UnsetType | None = UNSET


class ConfigInput(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole configuration; unset fields take their defaults."""

    prompts: PromptsInput = PromptsInput()
    search_settings: SearchSettingsInput = SearchSettingsInput()
    llm_settings: LlmSettingsInput = LlmSettingsInput()
    features: FeaturesInput = FeaturesInput()
    chunking: ChunkingInput = ChunkingInput()
    limits: LimitsInput = LimitsInput()

    def filled(self) -> TenantConfig:
        """Return the configuration with the defaults filled in.

        Raises `InvalidError` for inconsistent values.
        """
        return msgspec.convert(msgspec.to_builtins(self), TenantConfig)


class Rollback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version whose configuration to restore."""

    version: Bound


class Prompts(Struct, frozen=True, kw_only=True):
    """The client's own words."""

    system_prompt: str
    greeting: str
    no_context_response: str


class SearchSettings(Struct, frozen=True, kw_only=True):
    """The weights of the search legs, the threshold, and the embedder."""

    semantic_weight: float
    bm25_weight: float
    top_k: int
    similarity_threshold: float | None
    language: str
    embedder: str | None


class EffectiveSearchSettings(SearchSettings, frozen=True, kw_only=True):
    """The search settings in effect, with the source of the threshold.

    `embedder` is never null: the next reindexing moves the documents to it.
    """

    similarity_threshold_source: Literal["calibrated", "client"]


class LlmSettings(Struct, frozen=True, kw_only=True):
    """The settings for generating answers."""

    model: str | None
    temperature: float | None
    max_tokens: int


class Features(Struct, frozen=True, kw_only=True):
    """Feature switches."""

    image_processing: bool
    conversation_memory: bool


class Chunking(Struct, frozen=True, kw_only=True):
    """Chunk sizes for ingestion."""

    target_tokens: int
    overlap_tokens: int


class Limits(Struct, frozen=True, kw_only=True):
    """The client's limits."""

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    max_documents: int | None = None
    max_pending_jobs: int | None = None
    max_upload_bytes: int | None = None


class Config(Struct, frozen=True, kw_only=True):
    """A configuration as stored."""

    prompts: Prompts
    search_settings: SearchSettings
    llm_settings: LlmSettings
    features: Features
    chunking: Chunking
    limits: Limits


class EffectiveConfig(Struct, frozen=True, kw_only=True):
    """The current configuration, with the operator's defaults in place of nulls."""

    version: int
    prompts: Prompts
    search_settings: EffectiveSearchSettings
    llm_settings: LlmSettings
    features: Features
    chunking: Chunking
    limits: Limits


class ConfigVersion(Struct, frozen=True, kw_only=True):
    """A version of a client's configuration."""

    version: int
    created_at: Moment
    created_by: str
    config: Config
