"""What the nodes of the chat graph hand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from ragtenancy.app.config.effective import EffectiveConfig
from ragtenancy.domain.answers import Usage
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenants import TenantScope


class TurnInput(TypedDict):
    """What a turn starts from."""

    scope: TenantScope
    config: EffectiveConfig
    message: str
    history: Sequence[Turn]
    filters: SearchFilters | None


class TurnState(TurnInput, total=False):
    """What the nodes add."""

    question: str
    sources: Sequence[Source]
    degraded: Sequence[str]
    answer: str
    grounded: bool
    truncated: bool
    usage: Usage
