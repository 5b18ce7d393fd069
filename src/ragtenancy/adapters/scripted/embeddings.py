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
THRESHOLD = 0.35
_WORD = re.compile(r"\w+")


class ScriptedEmbedder(Embedder):
    """Hashes words into a vector; fails the next `failures` times; `name` is its model's."""

    def __init__(self, failures: int = 0, name: str = "hashed") -> None:
        self.failures = failures
        self.name = name
        self.texts: list[str] = []

    @property
    def model(self) -> EmbeddingModel:
        """The facts of the model."""
        return EmbeddingModel(
            name=self.name,
            dimension=DIMENSION,
            max_tokens=MAX_TOKENS,
            default_threshold=THRESHOLD,
            fingerprint=Fingerprint(self.name),
        )

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return a vector a text, and keep the texts."""
        if self.failures:
            self.failures -= 1
            raise UnavailableError("The model is away.")
        self.texts += texts
        rows = [_hashed(text) for text in texts]
        vectors = np.stack(rows) if rows else np.empty((0, DIMENSION), np.float32)
        return checked(vectors, count=len(texts), dimension=DIMENSION)


def _hashed(text: str) -> Vector:
    vector = np.zeros(DIMENSION, dtype=np.float32)
    for word in _WORD.findall(text.lower()):
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1.0
    if not vector.any():
        vector[0] = 1.0
    return (vector / np.linalg.norm(vector)).astype(np.float32)
