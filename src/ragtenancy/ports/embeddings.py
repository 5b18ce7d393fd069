"""Turning texts into vectors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.domain.errors import ReindexRequiredError, RejectedError, UnavailableError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.tenants import TenantScope

Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
NORM_TOLERANCE = 1e-5


class EmbeddingModel(Struct, frozen=True, kw_only=True):
    """Facts of a model. The fingerprint covers weights, pooling, dimension and maximum tokens."""

    name: str
    dimension: int
    max_tokens: int
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

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """As `embed`, for what is asked: some models read questions and passages differently.

        Only the dot product of a question's vector and a passage's is meant to rank passages.
        """
        return await self.embed(questions)


class QuestionVectors(Protocol):
    """Vectors of each tenant's questions: search and answerer together encode a question once."""

    @abstractmethod
    async def embed(
        self, scope: TenantScope, question: str, fingerprint: Fingerprint | None = None
    ) -> Vector:
        """Return the vector of a question, float32 of shape (dimension,).

        `fingerprint` is that of the documents that are searched. Raises as `Embedder`, and
        `ReindexRequiredError` where no embedder of the list made their vectors.
        """


class Embedders:
    """The operator's list of embedders by name; the first is the default."""

    def __init__(self, listed: Mapping[str, Embedder]) -> None:
        self._listed = dict(listed)
        self.default = next(iter(self._listed.values()))

    def __iter__(self) -> Iterator[Embedder]:
        """Yield each, the default first."""
        return iter(self._listed.values())

    def named(self, name: str | None) -> Embedder:
        """Return the embedder of a configuration; None is the default.

        Raises `UnavailableError` (`bad_config`) for one that has left the list since.
        """
        if name is None:
            return self.default
        if name not in self._listed:
            raise UnavailableError(
                "The client's search_settings.embedder is not on the operator's list any more; "
                f"it holds {', '.join(self._listed)}.",
                code="bad_config",
            )
        return self._listed[name]

    def of(self, fingerprint: Fingerprint | None) -> Embedder:
        """Return the embedder of documents; None, where there are none, is the default.

        Raises `ReindexRequiredError` where no embedder of the list made their vectors.
        """
        if fingerprint is None:
            return self.default
        for embedder in self:
            if embedder.model.fingerprint == fingerprint:
                return embedder
        raise ReindexRequiredError("Documents were embedded by another model; reindex them.")


def checked(vectors: Vectors | Doubles, *, count: int, dimension: int) -> Vectors:
    """Return vectors that can be used, float32 with rows of norm 1: every embedder's end.

    Raises `RejectedError` for another count or dimension, a value that is not finite, or a row
    without a direction.
    """
    if vectors.shape != (count, dimension):
        raise RejectedError(
            "The model returned vectors of another shape.",
            code="bad_vectors",
            expected=f"{count}x{dimension}",
        )
    highest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0).astype(np.float64)
    if not np.isfinite(highest).all():
        raise RejectedError("The model returned vectors that are not finite.", code="bad_vectors")
    if not (highest > 0).all():
        raise RejectedError("The model returned a vector of norm 0.", code="bad_vectors")
    scaled = vectors.astype(np.float64) / highest  # the square of a finite number may be none
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    if np.allclose(norms, 1.0 / highest, rtol=NORM_TOLERANCE, atol=0.0):
        return np.ascontiguousarray(vectors, dtype=np.float32)
    return np.ascontiguousarray(scaled / norms, dtype=np.float32)
