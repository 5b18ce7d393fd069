"""Embedding with a model behind OpenAI's API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from ragtenancy.adapters.openai.dialect import Dialects
from ragtenancy.adapters.openai.errors import translated
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.relevance import Scale, published_scale
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors, checked

if TYPE_CHECKING:
    from openai import AsyncOpenAI


BATCH = 64
BATCH_BYTES = 300_000
TEXT_BYTES = 8_192
NOTHING = " "


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield the texts to send, in order, in as few batches as the limits allow."""
    batch: list[str] = []
    left = BATCH_BYTES
    for text in map(fitting, texts):
        size = len(text.encode())
        if batch and (len(batch) == BATCH or size > left):
            yield batch
            batch, left = [], BATCH_BYTES
        batch.append(text)
        left -= size
    if batch:
        yield batch


def fitting(text: str) -> str:
    """Return the beginning of a text that surely fits; a space for an empty one."""
    whole = text.encode(errors="replace")
    return whole[:TEXT_BYTES].decode(errors="ignore") or NOTHING


BATCH_SECONDS = 180.0
CHUNK_TOKENS = 512
DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}
DEFAULT_DIMENSION = 1536
SCALES = {
    "text-embedding-3-small": published_scale(relevant=0.25, unrelated=0.10),
    "text-embedding-3-large": published_scale(relevant=0.25, unrelated=0.08),
    "text-embedding-ada-002": published_scale(relevant=0.78, unrelated=0.74),
}
"""From published cosines, cautiously: docs/decisions/relevance-by-all-the-evidence.md names them."""
REPORTED = {"ada": "text-embedding-ada-002"}
SHORTENING = ("text-embedding-3-small", "text-embedding-3-large")


class OpenAIEmbedder(Embedder):
    """Sends texts in batches; vectors are normalised and checked here.

    The dimension is known before the first call: given, or that of an OpenAI model, which is asked
    for shorter vectors if another one is given, also behind a deployment of another name. A reply
    of another dimension is rejected. Text
    beyond `TEXT_BYTES` is cut off, as the local model does past its last token. `batch_seconds`
    bounds a batch, including the SDK's retries.
    """

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        *,
        dimension: int | None = None,
        batch_seconds: float = BATCH_SECONDS,
        dialects: Dialects | None = None,
    ) -> None:
        self._client = client
        self._model = model
        native = DIMENSIONS.get(model)
        self._dimension = dimension or native or DEFAULT_DIMENSION
        shorter = native is not None and self._dimension != native
        self._asked: dict[str, Any] = {"dimensions": self._dimension} if shorter else {}
        self._batch_seconds = batch_seconds
        self._dialect = (dialects or Dialects()).of(model)
        self._reported = ""

    @property
    def model(self) -> EmbeddingModel:
        """The model's properties."""
        facts = f"openai {self._model} {self._dimension}"
        return EmbeddingModel(
            name=self._model,
            dimension=self._dimension,
            max_tokens=CHUNK_TOKENS,
            fingerprint=Fingerprint(sha256(facts.encode()).hexdigest()[:16]),
        )

    @property
    def scale(self) -> Scale:
        """That of the model that replies name, since a deployment may have any name."""
        return SCALES.get(_known(self._reported) or _known(self._model) or "", Scale())

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector per text."""
        rows = [await self._batch(part) for part in batches(texts)]
        return np.concatenate(rows) if rows else np.empty((0, self.model.dimension), np.float32)

    async def _batch(self, texts: Sequence[str]) -> Vectors:
        async with translated(self._model, seconds=self._batch_seconds):
            reply = await self._dialect(
                self._client.embeddings.create,
                model=self._model,
                input=list(texts),
                encoding_format="float",
                **self._asked,
            )
            self._reported = str(getattr(reply, "model", None) or "")
            if self._is_longer(reply.data):
                self._asked = {"dimensions": self._dimension}
                return await self._batch(texts)
            ordered = sorted(reply.data, key=lambda row: row.index)
            if [row.index for row in ordered] != list(range(len(texts))):
                raise RejectedError(
                    "The model returned vectors for the wrong texts.", code="bad_vectors"
                )
            if len({len(row.embedding) for row in ordered}) > 1:
                raise RejectedError(
                    "The model returned vectors of different lengths.", code="bad_vectors"
                )
            rows = np.array([row.embedding for row in ordered], dtype=np.float64)
        return checked(rows, count=len(texts), dimension=self.model.dimension)

    def _is_longer(self, rows: Sequence[Any]) -> bool:
        """Return whether a deployment of a model that can shorten its vectors has not been asked to."""
        shortens = _known(self._reported) in SHORTENING and not self._asked
        return shortens and any(len(row.embedding) > self._dimension for row in rows)


def _known(name: str) -> str | None:
    """Return the OpenAI model that a name contains or stands for."""
    called = REPORTED.get(name, name).lower()
    return next((model for model in DIMENSIONS if model in called), None)
