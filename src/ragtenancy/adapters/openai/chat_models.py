"""Answering with a language model behind OpenAI's API."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.openai.dialect import Dialect
from ragtenancy.adapters.openai.errors import DEFAULT_RETRY_AFTER, translated
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite, Usage
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.prompting import Message, render, render_condense
from ragtenancy.ports.chat_models import ChatModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import Choice

CONDENSED_TOKENS = 500  # mostly for the reasoning of reasoning models
CONDENSE_SECONDS = 8.0
TRUNCATED = "length"


class OpenAIChatModel(ChatModel):
    """Streams a chat completion; an unfinished stream is an error.

    Each model's dialect is learned from its first error.
    """

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model
        self._dialects: defaultdict[str, Dialect] = defaultdict(Dialect)

    @property
    def name(self) -> str:
        """The model used when the request names none."""
        return self._model

    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        """Return a standalone question, unchanged if the model returns nothing."""
        if not history:
            return Rewrite(question=question)
        model = model or self._model
        async with translated(seconds=CONDENSE_SECONDS):
            reply = await self._dialects[model](
                self._client.chat.completions.create,
                model=model,
                messages=_sent(render_condense(question, history)),
                temperature=0,
                max_tokens=CONDENSED_TOKENS,
            )
        condensed = [
            choice.message.content or ""
            for choice in reply.choices[:1]
            if choice.finish_reason != TRUNCATED
        ]
        usage = Usage() if reply.usage is None else _usage(reply.usage)
        return Rewrite(question="".join(condensed).strip() or question, usage=usage)

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield the completion's pieces, then its usage and whether it was cut off."""
        usage, finish, chosen = Usage(), None, False
        async with translated(), await self._begun(request) as stream:
            async for chunk in stream:
                usage = _usage(chunk.usage) if chunk.usage is not None else usage
                for choice in chunk.choices[:1]:
                    _require_unfiltered(choice)
                    finish = choice.finish_reason or finish
                    if choice.delta is None:
                        continue  # a note from Azure's asynchronous filter on text already sent
                    chosen = True
                    if choice.delta.content:
                        yield AnswerDelta(text=choice.delta.content)
        if not chosen:
            raise RejectedError("The model's reply contains no answer.", code="bad_reply")
        if finish is None:
            raise UnavailableError("The answer was interrupted.", retry_after=DEFAULT_RETRY_AFTER)
        degraded, truncated = self._ignored(request), finish == TRUNCATED
        yield AnswerDelta(usage=usage, truncated=truncated, degraded=degraded)

    async def _begun(self, request: AnswerRequest) -> AsyncStream[ChatCompletionChunk]:
        model = request.model or self._model
        return await self._dialects[model](
            self._client.chat.completions.create,
            model=model,
            messages=_sent(render(request, secrets.token_hex(8))),
            stream=True,
            stream_options={"include_usage": True},
            **_chosen(request),
        )

    def _ignored(self, request: AnswerRequest) -> list[str]:
        ignored = self._dialects[request.model or self._model].ignored(_chosen(request))
        return [f"{name}_ignored" for name in ignored]


def _sent(messages: Sequence[Message]) -> Any:  # noqa: ANN401 - the SDK's union of typed dicts
    return [{"role": message.role, "content": message.content} for message in messages]


def _chosen(request: AnswerRequest) -> dict[str, float]:
    """Return the parameters set by the client."""
    chosen = {"temperature": request.temperature, "max_tokens": request.max_tokens}
    return {name: value for name, value in chosen.items() if value is not None}


def _require_unfiltered(choice: Choice) -> None:
    """Raise `RejectedError` if a filter cut the answer off or the model itself refused."""
    if choice.finish_reason == "content_filter":
        raise RejectedError(
            "The model's content filter blocked the request.", code="content_filter"
        )
    if getattr(choice.delta, "refusal", None):
        raise RejectedError("The model refused to answer.", code="content_filter")


def _usage(usage: Any) -> Usage:  # noqa: ANN401 - the SDK's type, not imported here
    """Return the server's token counts; missing ones count as 0."""
    return Usage(
        prompt_tokens=usage.prompt_tokens or 0, completion_tokens=usage.completion_tokens or 0
    )
