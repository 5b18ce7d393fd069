"""What is asked of the answerer and what comes back."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, structs

from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.sources import Source


class AnswerRequest(Struct, frozen=True, kw_only=True):
    """Everything an answerer may use; `question` stands alone, `asked` is what was typed."""

    system_prompt: str
    asked: str
    question: str
    history: Sequence[Turn] = ()
    passages: Sequence[Source]
    model: str | None = None
    temperature: float | None
    max_tokens: int
    language: str = "english"


def shortened(request: AnswerRequest) -> AnswerRequest:
    """Return the request with the better half of its passages and without its history.

    The passages that stay keep their numbers. Nothing else of the request changes.
    """
    half = (len(request.passages) + 1) // 2
    return structs.replace(request, history=(), passages=request.passages[:half])


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens that one answer took."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class AnswerDelta(Struct, frozen=True, kw_only=True):
    """A piece of an answer's text; the last has its usage, and whether it was cut off.

    `degraded` names, on the last too, what the client chose and the model does not take.
    """

    text: str = ""
    usage: Usage | None = None
    truncated: bool = False
    degraded: Sequence[str] = ()
