"""Turning texts into vectors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.domain.ids import Fingerprint

Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]


class EmbeddingModel(Struct, frozen=True, kw_only=True):
    """Facts of a model. The fingerprint covers weights, pooling, dimension and maximum tokens."""

    name: str
    dimension: int
    max_tokens: int
    default_threshold: float
    fingerprint: Fingerprint


class Embedder(Protocol):
    """A sentence model; vectors are of length 1, so that a dot product is the cosine."""

    @property
    @abstractmethod
    def model(self) -> EmbeddingModel:
        """The facts of the model in use."""

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension), in order, rows of norm 1.

        Off the event loop. Raises `RejectedError` for vectors that cannot be used (count,
        dimension, not finite, norm 0), `UnavailableError` when the model cannot be reached.
        """
