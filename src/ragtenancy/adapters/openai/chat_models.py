"""Answering by a language model behind OpenAI's protocol."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.openai.errors import translated
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Usage
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.prompting import Message, render, render_condense
from ragtenancy.ports.chat_models import ChatModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONDENSED_TOKENS = 200


class OpenAIChatModel(ChatModel):
    """Streams a chat completion."""

    def __init__(self, client: AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model

    @property
    def name(self) -> str:
        """The model that answers when the request names none."""
        return self._model

    async def condense(self, question: str, history: Sequence[Turn]) -> str:
        """Return the question so that it stands alone."""
        if not history:
            return question
        async with translated():
            reply = await self._client.chat.completions.create(
                model=self._model,
                messages=_sent(render_condense(question, history)),
                temperature=0,
                max_tokens=CONDENSED_TOKENS,
            )
            text = reply.choices[0].message.content if reply.choices else None
        return (text or "").strip() or question

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield the completion's pieces, then its usage."""
        messages = render(request, secrets.token_hex(8))
        async with translated():
            stream = await self._client.chat.completions.create(
                model=request.model or self._model,
                messages=_sent(messages),
                temperature=request.temperature,
                max_tokens=request.max_tokens,
                stream=True,
                stream_options={"include_usage": True},
            )
            chosen = False
            async with stream:
                async for chunk in stream:
                    chosen = chosen or bool(chunk.choices)
                    if chunk.usage is not None:
                        yield _usage(chunk.usage)
                    for choice in chunk.choices:
                        if choice.finish_reason == "content_filter":
                            raise RejectedError(
                                "The model's content filter refused.", code="content_filter"
                            )
                        if choice.delta.content:
                            yield AnswerDelta(text=choice.delta.content)
            if not chosen:
                raise RejectedError("The model's reply holds no answer.", code="bad_reply")


def _sent(messages: Sequence[Message]) -> Any:  # noqa: ANN401 - the SDK's union of typed dicts
    return [{"role": message.role, "content": message.content} for message in messages]


def _usage(usage: Any) -> AnswerDelta:  # noqa: ANN401 - the SDK's type, not imported here
    return AnswerDelta(
        usage=Usage(prompt_tokens=usage.prompt_tokens, completion_tokens=usage.completion_tokens)
    )
