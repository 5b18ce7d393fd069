"""Doubles of other people's services, and the container that tests start from."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import numpy as np
from dependency_injector import providers
from ragtenancy.adapters.scripted.clock import ScriptedClock

from ragtenancy.container import Container
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Usage
from ragtenancy.domain.conversations import Turn, standalone_question
from ragtenancy.domain.errors import RagTenancyError, UnavailableError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.settings import Settings

DIMENSION = 64
LATER_THAN_ANY_FILE = datetime(2100, 1, 1, tzinfo=UTC)
_WORD = re.compile(r"\w+")


class FailingEmbedder(Embedder):
    """Embeds by hashing words; fails as often as it is told to."""

    def __init__(self, failures: int = 0, name: str = "hashed") -> None:
        self.failures = failures
        self.name = name
        self.texts: list[str] = []

    @property
    def model(self) -> EmbeddingModel:
        return EmbeddingModel(
            name=self.name,
            dimension=DIMENSION,
            max_tokens=256,
            default_threshold=0.35,
            fingerprint=Fingerprint(self.name),
        )

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.failures:
            self.failures -= 1
            raise UnavailableError("The model is away.")
        self.texts += texts
        return np.stack([_hashed(text) for text in texts])


class WordCounter(TokenCounter):
    """Counts words."""

    def count(self, texts: Sequence[str]) -> Sequence[int]:
        return [len(_WORD.findall(text)) for text in texts]

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        return [match.span() for match in _WORD.finditer(text)]


class RecordingChatModel(ChatModel):
    """Says what it is told to, word by word, and keeps what it was asked."""

    def __init__(self, answer: str = "Yes [1].") -> None:
        self.answer = answer
        self.requests: list[AnswerRequest] = []
        self.failure: RagTenancyError | None = None

    @property
    def name(self) -> str:
        return "recording"

    async def condense(self, question: str, history: Sequence[Turn]) -> str:
        return standalone_question(question, history)

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        for piece in re.split(r"(?<= )", self.answer):
            yield AnswerDelta(text=piece)
        yield AnswerDelta(usage=Usage(prompt_tokens=7, completion_tokens=3))


def in_memory_container(settings: Settings | None = None) -> Container:
    """Return a container with hashed vectors and a hand-wound clock, by default in memory."""
    container = Container(settings=settings or Settings(storage="memory"))
    container.clock.override(providers.Singleton(ScriptedClock, LATER_THAN_ANY_FILE))
    container.embedder.override(providers.Singleton(FailingEmbedder))
    container.token_counter.override(providers.Singleton(WordCounter))
    return container


def _hashed(text: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    vector = np.zeros(DIMENSION, dtype=np.float32)
    for word in _WORD.findall(text.lower()):
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1.0
    norm = float(np.linalg.norm(vector))
    if norm == 0:
        vector[0] = norm = 1.0
    return vector / np.float32(norm)
