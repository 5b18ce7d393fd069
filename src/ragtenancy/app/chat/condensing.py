"""Rewriting a message that leans back, beside the search for its other readings."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from ragtenancy.app.chat.state import TurnState
from ragtenancy.domain.answers import Rewrite
from ragtenancy.domain.errors import BackendTimeoutError, RejectedError, UnavailableError
from ragtenancy.domain.follow_ups import correction, leans_back
from ragtenancy.ports.chat_models import ChatModel

CONDENSE_SECONDS = 8.0


class Condensed(Struct, frozen=True, kw_only=True):
    """A rewrite, or why there is none."""

    rewrite: Rewrite | None = None
    degraded: str | None = None


def leans(state: TurnState) -> bool:
    """Tell whether the message can hardly be understood without the turns before it."""
    message = state["message"]
    return bool(state["history"]) and (leans_back(message) or correction(message) is not None)


async def condensed(chat_model: ChatModel, state: TurnState, seconds: float) -> Condensed:
    """Return the message so that it stands alone, within so many seconds."""
    model = state["config"].config.llm_settings.model
    try:
        async with asyncio.timeout(seconds):
            rewrite = await chat_model.condense(state["message"], state["history"], model=model)
    except (TimeoutError, BackendTimeoutError):
        return Condensed(degraded="condense_timeout")
    except (UnavailableError, RejectedError):
        return Condensed(degraded="condense_unavailable")
    if not rewrite.question or rewrite.question == state["message"]:
        return Condensed(rewrite=Rewrite(question="", usage=rewrite.usage))
    return Condensed(rewrite=rewrite)
