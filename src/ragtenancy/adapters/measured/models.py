"""Models whose calls are timed, counted and traced by OpenTelemetry's conventions for GenAI."""

from __future__ import annotations

import json
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, contextmanager
from time import perf_counter
from typing import cast

from msgspec import Struct

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.metrics import MODEL_ERRORS, MODEL_SECONDS
from ragtenancy.domain.model_standing import ModelStandings, ModelUse
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.relevance import Scale
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, QuestionVectors, Vectors
from ragtenancy.ports.images import ImageDescriber, Spent, uncounted
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tracing import Attribute, Span, Tracer

EMBEDDINGS = "embeddings"
KINDS = {"chat": "chat", EMBEDDINGS: "embeddings", "describe": "images"}


class ModelCalls(Struct, frozen=True):
    """Records the calls of one backend's models.

    `provider` is `gen_ai.provider.name`. An operation is named for metrics; in traces, only chat
    and embeddings have names in the conventions. `standings` records how the operations of
    `KINDS` end.
    """

    metrics: Metrics
    tracer: Tracer
    backend: str
    provider: str
    standings: ModelStandings

    @contextmanager
    def call(
        self, operation: str, model: str, attributes: Mapping[str, Attribute]
    ) -> Iterator[Span]:
        """Record one call; an error is counted by its code."""
        named = EMBEDDINGS if operation == EMBEDDINGS else "chat"
        use = self._use(operation, model)
        started = perf_counter()
        try:
            with self.tracer.span(f"{named} {model}", kind="client", current=False) as span:
                span.add(
                    {
                        "gen_ai.operation.name": named,
                        "gen_ai.provider.name": self.provider,
                        "gen_ai.request.model": model,
                        **attributes,
                    }
                )
                yield span
        except RagTenancyError as error:
            self.metrics.count(MODEL_ERRORS, operation=operation, model=model, code=error.reason)
            if use is not None:
                self.standings.failed(use, error)
            raise
        else:
            if use is not None:
                self.standings.succeeded(use)
        finally:
            seconds = perf_counter() - started
            self.metrics.observe(MODEL_SECONDS, seconds, operation=operation, model=model)

    def _use(self, operation: str, model: str) -> ModelUse | None:
        kind = KINDS.get(operation)
        return None if kind is None else ModelUse(backend=self.backend, kind=kind, model=model)


class MeasuredChatModel(ChatModel):
    """Records each answer and each rewrite of a chat model."""

    def __init__(self, chat_model: ChatModel, calls: ModelCalls) -> None:
        self._chat_model = chat_model
        self._calls = calls

    @property
    def name(self) -> str:
        return self._chat_model.name

    @property
    def generates(self) -> bool:
        return self._chat_model.generates

    def detached(self, question_vectors: QuestionVectors) -> MeasuredChatModel:
        return MeasuredChatModel(self._chat_model.detached(question_vectors), self._calls)

    def forget(self, scope: TenantScope) -> None:
        self._chat_model.forget(scope)

    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        with self._calls.call("condense", model or self.name, {}) as span:
            rewrite = await self._chat_model.condense(question, history, model=model)
            span.add(_usage(rewrite.usage))
            return rewrite

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        with self._calls.call("chat", request.model or self.name, _asked(request)) as span:
            answer: list[str] = []
            stream = cast("AsyncGenerator[AnswerDelta, None]", self._chat_model.stream(request))
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    if delta.usage is not None:
                        span.add(_ended(delta))
                    if self._calls.tracer.holds_content:
                        answer.append(delta.text)
                    yield delta
            if self._calls.tracer.holds_content:
                span.add(_content(request, "".join(answer)))


class MeasuredEmbedder(Embedder):
    """Records each batch of an embedding model."""

    def __init__(self, embedder: Embedder, calls: ModelCalls) -> None:
        self._embedder = embedder
        self._calls = calls

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    @property
    def scale(self) -> Scale:
        return self._embedder.scale

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return await self._recorded(self._embedder.embed, texts)

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        return await self._recorded(self._embedder.embed_questions, questions)

    async def _recorded(
        self, embed: Callable[[Sequence[str]], Awaitable[Vectors]], texts: Sequence[str]
    ) -> Vectors:
        dimension = {"gen_ai.embeddings.dimension.count": self.model.dimension}
        with self._calls.call(EMBEDDINGS, self.model.name, dimension):
            return await embed(texts)


class MeasuredImageDescriber(ImageDescriber):
    """Records each picture that a model describes."""

    def __init__(self, describer: ImageDescriber, calls: ModelCalls) -> None:
        self._describer = describer
        self._calls = calls

    @property
    def fingerprint(self) -> str:
        return self._describer.fingerprint

    async def describe(
        self, scope: TenantScope, image: Image, context: ImageContext, spent: Spent = uncounted
    ) -> str | None:
        with self._calls.call("describe", self._calls.provider, {}):
            return await self._describer.describe(scope, image, context, spent)


def _asked(request: AnswerRequest) -> Mapping[str, Attribute]:
    asked: dict[str, Attribute] = {
        "gen_ai.request.max_tokens": request.max_tokens,
        "ragtenancy.passages": len(request.passages),
    }
    if request.temperature is not None:
        asked["gen_ai.request.temperature"] = request.temperature
    return asked


def _ended(delta: AnswerDelta) -> Mapping[str, Attribute]:
    reason = "length" if delta.truncated else "stop"
    return {"gen_ai.response.finish_reasons": [reason], **_usage(delta.usage or Usage())}


def _usage(usage: Usage) -> Mapping[str, Attribute]:
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }


def _content(request: AnswerRequest, answer: str) -> Mapping[str, Attribute]:
    return {
        "gen_ai.input.messages": _messages("user", request.asked),
        "gen_ai.output.messages": _messages("assistant", answer),
    }


def _messages(role: str, text: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])
