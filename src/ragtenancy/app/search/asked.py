"""A question in its tenant's terms."""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from ragtenancy.domain.query import Query, lexical_text
from ragtenancy.domain.ranking import HybridRanker
from ragtenancy.domain.tenant_config import EffectiveConfig, SearchSettings
from ragtenancy.domain.tenants import TenantScope


class Asked(Struct, frozen=True, kw_only=True, dict=True):
    """Whose question it is, what is asked, and under which configuration.

    `ranks_wanted`: the hits are to say their ranks in both legs. `spare`: how many times `top_k`
    hits are wanted in their true order, since not all will do.
    """

    scope: TenantScope
    query: Query
    effective: EffectiveConfig
    ranks_wanted: bool = False
    spare: int = 1

    @cached_property
    def lexical_text(self) -> str:
        """The question as BM25 reads it."""
        return lexical_text(self.query.text, self.settings.language)

    @property
    def wanted(self) -> int:
        """How many hits are wanted in their true order."""
        return self.spare * self.query.top_k

    @property
    def settings(self) -> SearchSettings:
        """The tenant's search settings."""
        return self.effective.config.search_settings

    @property
    def ranker(self) -> HybridRanker:
        """The ranker with the tenant's weights."""
        return HybridRanker(
            semantic_weight=self.settings.semantic_weight, bm25_weight=self.settings.bm25_weight
        )
