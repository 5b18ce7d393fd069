"""An embedder that tests steer."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vector, Vectors, checked

DIMENSION = 64
MAX_TOKENS = 256
_WORD = re.compile(r"\w+")


class ScriptedEmbedder(Embedder):
    """Hashes words into a vector; fails the next `failures` times; `name` is its model's."""

    def __init__(
        self,
        failures: int = 0,
        name: str = "hashed",
        *,
        dimension: int = DIMENSION,
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        self.failures = failures
        self.name = name
        self._dimension = dimension
        self._max_tokens = max_tokens
        self.texts: list[str] = []

    @property
    def model(self) -> EmbeddingModel:
        """The facts of the model."""
        return EmbeddingModel(
            name=self.name,
            dimension=self._dimension,
            max_tokens=self._max_tokens,
            fingerprint=Fingerprint(self.name),
        )

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector a text, and keep the texts."""
        if self.failures:
            self.failures -= 1
            raise UnavailableError("The model is away.")
        self.texts += texts
        rows = [_hashed(text, self._dimension) for text in texts]
        vectors = np.stack(rows) if rows else np.empty((0, self._dimension), np.float32)
        return checked(vectors, count=len(texts), dimension=self._dimension)


def _hashed(text: str, dimension: int) -> Vector:
    vector = np.zeros(dimension, dtype=np.float32)
    for word in _WORD.findall(text.lower()):
        vector[zlib.crc32(word.encode()) % dimension] += 1.0
    if not vector.any():
        vector[0] = 1.0
    return (vector / np.linalg.norm(vector)).astype(np.float32)
