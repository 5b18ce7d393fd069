"""What a turn spends in models: spans around each encoding and each remote call."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct, field

from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors


class Spans(Struct, kw_only=True):
    """Seconds of one call: as a whole, and of the spans within, each from its start to its end."""

    whole: float = 0.0
    questions: list[tuple[float, float]] = field(default_factory=list)
    sentences: list[tuple[float, float]] = field(default_factory=list)
    remote: list[tuple[float, float]] = field(default_factory=list)

    @property
    def own(self) -> float:
        """The whole without one encoding of the question and without the remote call."""
        return self.whole - _longest(self.questions[:1]) - _covered(self.remote)

    @property
    def bare(self) -> float:
        """The whole without any encoding and without the remote call."""
        return self.whole - _covered([*self.questions, *self.sentences, *self.remote])


class Clock:
    """Keeps the spans of the call under way."""

    def __init__(self) -> None:
        self.spans = Spans()

    @contextmanager
    def call(self) -> Iterator[Spans]:
        """Time a call, with new spans."""
        self.spans = spans = Spans()
        started = time.perf_counter()
        yield spans
        spans.whole = time.perf_counter() - started
        self.spans = Spans()  # what nobody times is of no call

    @contextmanager
    def span(self, kept: list[tuple[float, float]]) -> Iterator[None]:
        """Time a part of a call."""
        started = time.perf_counter()
        try:
            yield
        finally:
            kept.append((started, time.perf_counter()))


class TimedEmbedder(Embedder):
    """An embedder whose calls are spans."""

    def __init__(self, embedder: Embedder, clock: Clock) -> None:
        self._embedder = embedder
        self._clock = clock

    @property
    def model(self) -> EmbeddingModel:
        return self._embedder.model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        with self._clock.span(self._clock.spans.sentences):
            return await self._embedder.embed(texts)

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        with self._clock.span(self._clock.spans.questions):
            return await self._embedder.embed_questions(questions)


class TimedChatModel(ChatModel):
    """A model whose calls are spans, the reading of its pieces left out."""

    def __init__(self, model: ChatModel, clock: Clock) -> None:
        self._model = model
        self._clock = clock

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def generates(self) -> bool:
        return self._model.generates

    async def condense(
        self, question: str, history: Sequence[Turn], *, model: str | None = None
    ) -> Rewrite:
        with self._clock.span(self._clock.spans.remote):
            return await self._model.condense(question, history, model=model)

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        pieces = self._model.stream(request)
        while True:
            with self._clock.span(self._clock.spans.remote):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece


def _longest(spans: Sequence[tuple[float, float]]) -> float:
    return max((end - start for start, end in spans), default=0.0)


def _covered(spans: Sequence[tuple[float, float]]) -> float:
    """Return the seconds that spans cover; what several cover counts once."""
    covered, reached = 0.0, 0.0
    for start, end in sorted(spans):
        covered += max(end - max(start, reached), 0.0)
        reached = max(reached, end)
    return covered
