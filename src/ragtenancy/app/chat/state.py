"""What the nodes of the chat graph hand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ragtenancy.domain.answers import Reading, TermStatistics, Usage
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.overviews import Overview
from ragtenancy.domain.small_talk import SmallTalk
from ragtenancy.domain.sources import Source, Unsupported
from ragtenancy.domain.tenant_config import EffectiveConfig
from ragtenancy.domain.tenants import TenantScope


class TurnInput(TypedDict):
    """What a turn starts from; `whole` says that nobody reads the answer before its end."""

    scope: TenantScope
    config: EffectiveConfig
    message: str
    history: Sequence[Turn]
    filters: SearchFilters | None
    whole: bool


class TurnState(TurnInput, total=False):
    """What the nodes add."""

    said: SmallTalk | None
    question: str
    questions: Sequence[Sequence[Reading]]
    statistics: TermStatistics
    embedding_fingerprint: Fingerprint | None
    missing_identifiers: Sequence[str]
    overview: Overview | None
    sources: Sequence[Source]
    degraded: Sequence[str]
    answer: str
    grounded: bool
    unsupported: Sequence[Unsupported]
    truncated: bool
    usage: Usage
