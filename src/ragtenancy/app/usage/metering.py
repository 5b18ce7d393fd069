"""Metering a turn's calls of language models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import cast

from msgspec import Struct

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.prompting import Message, render, render_condense
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.token_counters import TokenCounter


class Call(Struct, frozen=True):
    """A call of a model: what was sent and said, and the tokens that the model reported."""

    model: str
    sent: Callable[[], Sequence[Message]]
    said: str
    reported: Usage


class Meter:
    """The calls of one turn."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Add a call that has ended."""
        self._calls.append(call)

    async def read(self, counter: TokenCounter) -> Mapping[str, Usage]:
        """Return the tokens by model; those that no model reported are counted here."""
        found: dict[str, Usage] = {}
        for call in self._calls:
            used = call.reported
            if not used.prompt_tokens:
                used = await asyncio.to_thread(_estimated, call, counter)
            found[call.model] = found.get(call.model, Usage()) + used
        return found


def _estimated(call: Call, counter: TokenCounter) -> Usage:
    *prompt, said = counter.count([*(message.content for message in call.sent()), call.said])
    completion = call.reported.completion_tokens or said
    return Usage(
        prompt_tokens=sum(prompt),
        completion_tokens=completion,
        estimated_tokens=sum(prompt) + completion,
    )


class MeteredModel:
    """Calls a chat model and meters each call, however it ends.

    A call that fails before the first word is free; one that is cancelled is not.
    """

    def __init__(self, chat_model: ChatModel) -> None:
        self._chat_model = chat_model
        self.name = chat_model.name
        self.generates = chat_model.generates

    async def stream(self, request: AnswerRequest, meter: Meter) -> AsyncIterator[AnswerDelta]:
        """Yield the answer's pieces, as `ChatModel.stream` does."""
        said: list[str] = []
        reported, failed = Usage(), False
        stream = cast("AsyncGenerator[AnswerDelta, None]", self._chat_model.stream(request))
        try:
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    said.append(delta.text)
                    reported = delta.usage or reported
                    yield delta
        except RagTenancyError:
            failed = True
            raise
        finally:
            text = "".join(said)
            if text or reported.total_tokens or not failed:
                sent = partial(render, request, "")
                meter.add(Call(request.model or self.name, sent, text, reported))

    async def condense(
        self, question: str, history: Sequence[Turn], meter: Meter, *, model: str | None = None
    ) -> Rewrite:
        """Return a standalone version of the question, as `ChatModel.condense` does."""
        rewrite, failed = Rewrite(question=""), False
        try:
            rewrite = await self._chat_model.condense(question, history, model=model)
        except RagTenancyError:
            failed = True
            raise
        finally:
            if not failed:
                sent = partial(render_condense, question, history)
                meter.add(Call(model or self.name, sent, rewrite.question, rewrite.usage))
        return rewrite
