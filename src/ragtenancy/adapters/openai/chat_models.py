"""Answering with a language model behind OpenAI's API."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from msgspec import structs

from ragtenancy.adapters.openai.answer_limit import AnswerLimit
from ragtenancy.adapters.openai.dialect import Dialects, said_in_choice
from ragtenancy.adapters.openai.errors import DEFAULT_RETRY_AFTER, filtered, translated
from ragtenancy.adapters.openai.refusals import log_filtered
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.prompting import Message, render, render_condense
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.chat_models import ChatModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

CONDENSED_TOKENS = 500
CONDENSE_SECONDS = 8.0
TRUNCATED = "length"


class OpenAIChatModel(ChatModel):
    """Streams a chat completion; an unfinished stream is an error.

    Each model's dialect is learned from its errors and its replies. A model that may not be
    streamed answers in one piece.
    """

    def __init__(
        self, client: AsyncOpenAI, model: str, *, dialects: Dialects | None = None
    ) -> None:
        self._client = client
        self._model = model
        self._dialects = dialects or Dialects()

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
        dialect = self._dialects.of(model)
        async with translated(model, seconds=CONDENSE_SECONDS):
            reply = await dialect(
                self._client.chat.completions.create,
                model=model,
                messages=_sent(render_condense(question, history)),
                temperature=0,
                max_tokens=CONDENSED_TOKENS,
            )
            dialect.hear(reply)
        condensed = [
            choice.message.content or ""
            for choice in (reply.choices or ())[:1]
            if choice.finish_reason != TRUNCATED
        ]
        return Rewrite(
            question="".join(condensed).strip() or question, usage=reported_usage(reply.usage)
        )

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        """Yield the completion's pieces, then its usage and whether it was cut off.

        A model whose reasoning leaves no token for the answer is asked once more, with an allowance
        for its reasoning.
        """
        used = Usage()
        dialect = self._dialects.of(request.model or self._model)
        for may_ask_again in (True, False):
            begun, allowed = False, dialect.allowance(_chosen(request))
            async with aclosing(self._attempt(request)) as attempt:
                async for delta in attempt:
                    begun = begun or bool(delta.text.strip())
                    if delta.usage is None:
                        yield delta
            used += delta.usage or Usage()
            if begun or allowed or not (delta.truncated and may_ask_again):
                break
            dialect.hear_silence()
        yield structs.replace(delta, usage=used)

    async def _attempt(self, request: AnswerRequest) -> AsyncGenerator[AnswerDelta]:
        """Yield one completion's pieces; the last has the usage and no text."""
        model = request.model or self._model
        dialect = self._dialects.of(model)
        usage, finish, chosen = Usage(), None, False
        limit = AnswerLimit(request.max_tokens)
        async with translated(model), await self._begun(model, request) as reply:
            async for chunk in reply:
                dialect.hear(chunk)
                usage = reported_usage(chunk.usage) if chunk.usage is not None else usage
                for choice in chunk.choices[:1]:
                    said = said_in_choice(choice)
                    if choice.finish_reason == "content_filter":
                        log_filtered(model, reply, choice)
                        raise filtered()
                    if getattr(said, "refusal", None):
                        raise RejectedError("The model refused to answer.", code="content_filter")
                    finish = choice.finish_reason or finish
                    if said is None:
                        continue  # a note from Azure's asynchronous filter on text already sent
                    chosen = True
                    text = limit.take(said.content or "")
                    if text:
                        yield AnswerDelta(text=text)
                if limit.reached:
                    finish = TRUNCATED
                    break
        if not chosen:
            raise RejectedError("The model's reply contains no answer.", code="bad_reply")
        if finish is None:
            raise UnavailableError("The answer was interrupted.", retry_after=DEFAULT_RETRY_AFTER)
        if limit.reached and not usage.completion_tokens:
            usage = Usage(completion_tokens=request.max_tokens, estimated_tokens=request.max_tokens)
        degraded = dialect.departures(_chosen(request))
        yield AnswerDelta(usage=usage, truncated=finish == TRUNCATED, degraded=degraded)

    async def _begun(self, model: str, request: AnswerRequest) -> AsyncStream[Any] | _Whole:
        reply: Any = await self._dialects.of(model)(
            self._client.chat.completions.create,
            model=model,
            messages=_sent(render(request, secrets.token_hex(8))),
            stream=True,
            stream_options={"include_usage": True},
            **_chosen(request),
        )
        return reply if hasattr(reply, "__aiter__") else _Whole(reply)


class _Whole:
    """A reply that was not streamed, as a stream of one piece."""

    def __init__(self, reply: Any) -> None:  # noqa: ANN401 - the SDK's
        self._reply = reply
        self._request_id = getattr(reply, "_request_id", None)

    async def __aenter__(self) -> _Whole:
        return self

    async def __aexit__(self, *_: object) -> None:
        return

    async def __aiter__(self) -> AsyncIterator[Any]:
        yield self._reply


def _sent(messages: Sequence[Message]) -> Any:  # noqa: ANN401 - the SDK's union of typed dicts
    return [{"role": message.role, "content": message.content} for message in messages]


def _chosen(request: AnswerRequest) -> dict[str, Any]:
    """Return the parameters set by the client."""
    chosen = {
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "reasoning_effort": request.reasoning_effort,
        "verbosity": request.verbosity,
    }
    return {name: value for name, value in chosen.items() if value is not None}


def reported_usage(usage: Any) -> Usage:  # noqa: ANN401 - the SDK's type, not imported here
    """Return the server's token counts; missing ones count as 0."""
    if usage is None:
        return Usage()
    prompt = getattr(usage, "prompt_tokens_details", None)
    completion = getattr(usage, "completion_tokens_details", None)
    return Usage(
        prompt_tokens=usage.prompt_tokens or 0,
        completion_tokens=usage.completion_tokens or 0,
        cached_tokens=getattr(prompt, "cached_tokens", None) or 0,
        reasoning_tokens=getattr(completion, "reasoning_tokens", None) or 0,
    )
