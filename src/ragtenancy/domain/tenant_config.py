"""A tenant's configuration, with the rules that its values obey."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct, field

from ragtenancy.domain.errors import InvalidError, NotSupportedError
from ragtenancy.domain.ids import TenantUid

WEIGHT_TOLERANCE = 1e-6

DEFAULT_SYSTEM_PROMPT = (
    "You are a helpful assistant for questions about our documents. Be plain and to the point."
)
DEFAULT_GREETING = "Hello! Ask me anything about your documents."
DEFAULT_NO_CONTEXT = "I don't have information about that."


class Prompts(Struct, frozen=True, kw_only=True):
    """The tenant's own words; the system prompt gives persona and style, no rules of citing."""

    system_prompt: str = DEFAULT_SYSTEM_PROMPT
    greeting: str = DEFAULT_GREETING
    no_context_response: str = DEFAULT_NO_CONTEXT


class SearchSettings(Struct, frozen=True, kw_only=True):
    """How this tenant's search weighs its legs; a null threshold is the embedder's own."""

    semantic_weight: float = 0.7
    bm25_weight: float = 0.3
    top_k: int = 5
    similarity_threshold: float | None = None
    language: str = "english"

    def require_valid(self) -> None:
        """Raise `InvalidError` unless the weights are finite, ≥ 0 and sum to 1 within 1e-6."""
        weights = (self.semantic_weight, self.bm25_weight)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
            raise InvalidError("The weights must be finite and not negative.", code="bad_weights")
        if abs(sum(weights) - 1) > WEIGHT_TOLERANCE:
            raise InvalidError(
                "semantic_weight and bm25_weight must sum to 1.",
                code="bad_weights",
                semantic_weight=self.semantic_weight,
                bm25_weight=self.bm25_weight,
            )


class LlmSettings(Struct, frozen=True, kw_only=True):
    """How this tenant's answers are generated.

    A null model is the installation's, a null temperature the model's own.
    """

    model: str | None = None
    temperature: float | None = 0.7
    max_tokens: int = 800


class Features(Struct, frozen=True, kw_only=True):
    """What is switched on."""

    image_processing: bool = True
    conversation_memory: bool = True


class Chunking(Struct, frozen=True, kw_only=True):
    """How documents are cut from now on: tokens that a chunk aims at, and repeats of the last."""

    target_tokens: int = 160
    overlap_tokens: int = 0

    def require_valid(self) -> None:
        """Raise `InvalidError` unless at most half of a chunk repeats the one before."""
        if 2 * self.overlap_tokens > self.target_tokens:
            raise InvalidError(
                "chunking.overlap_tokens may be at most half of target_tokens.",
                code="bad_chunking",
                target_tokens=self.target_tokens,
                overlap_tokens=self.overlap_tokens,
            )


class Limits(Struct, frozen=True, kw_only=True):
    """Bounds of one tenant; null is the service's default, never unlimited."""

    requests_per_minute: int | None = None
    tokens_per_day: int | None = None
    max_documents: int | None = None
    max_pending_jobs: int | None = None
    max_upload_bytes: int | None = None

    def require_enforced(self) -> None:
        """Raise `NotSupportedError` for a limit that nothing enforces yet."""
        for name in ("requests_per_minute", "tokens_per_day"):
            if getattr(self, name) is not None:
                raise NotSupportedError(f"limits.{name} is not enforced yet; leave it null.")


class TenantConfig(Struct, frozen=True, kw_only=True):
    """Everything a client may be configured with."""

    prompts: Prompts = Prompts()
    search_settings: SearchSettings = SearchSettings()
    llm_settings: LlmSettings = LlmSettings()
    features: Features = Features()
    chunking: Chunking = Chunking()
    limits: Limits = Limits()

    def require_valid(self, allowed_models: Collection[str]) -> None:
        """Raise `InvalidError` for values whose meaning does not hold."""
        self.search_settings.require_valid()
        self.chunking.require_valid()
        self.limits.require_enforced()
        model = self.llm_settings.model
        if model is not None and model not in allowed_models:
            raise InvalidError(
                "llm_settings.model is not one that is offered.", code="unknown_model"
            )


class ConfigVersion(Struct, frozen=True, kw_only=True):
    """One version of a tenant's configuration; versions count from 1 and never change."""

    tenant_uid: TenantUid
    version: int
    config: TenantConfig = field(default_factory=TenantConfig)
    created_at: datetime
    created_by: str


class DefaultLimits(Struct, frozen=True, kw_only=True):
    """The service's bounds where a tenant's are null."""

    max_documents: int = 10_000
    max_pending_jobs: int = 8
    max_upload_bytes: int = 50_000_000

    def filled(self, limits: Limits) -> EffectiveLimits:
        """Return the bounds in force."""
        return EffectiveLimits(
            max_documents=limits.max_documents or self.max_documents,
            max_pending_jobs=limits.max_pending_jobs or self.max_pending_jobs,
            max_upload_bytes=limits.max_upload_bytes or self.max_upload_bytes,
        )


class EffectiveLimits(Struct, frozen=True, kw_only=True):
    """The bounds in force for one tenant."""

    max_documents: int
    max_pending_jobs: int
    max_upload_bytes: int
