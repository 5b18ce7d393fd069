"""Embedding models, which turn texts into vectors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.domain.errors import ReindexRequiredError, RejectedError, UnavailableError
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.relevance import Scale
from ragtenancy.domain.tenants import TenantScope

Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
NORM_TOLERANCE = 1e-5


class EmbeddingModel(Struct, frozen=True, kw_only=True):
    """Model properties; the fingerprint covers weights, pooling, dimension and maximum tokens."""

    name: str
    dimension: int
    max_tokens: int
    fingerprint: Fingerprint


class Embedder(Protocol):
    """A sentence embedding model; vectors have norm 1, so that a dot product is the cosine."""

    @property
    @abstractmethod
    def model(self) -> EmbeddingModel:
        """The properties of the model in use."""

    @property
    def scale(self) -> Scale:
        """The scale of its cosines, for the rule of relevance."""
        return Scale()

    @abstractmethod
    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dimension), in order, rows of norm 1.

        Off the event loop. Raises `RejectedError` for vectors that cannot be used (count,
        dimension, not finite, norm 0), `UnavailableError` when the model cannot be reached.
        """

    async def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """Embed questions as `embed` does passages; some models treat the two differently.

        Only the dot product of a question's vector with a passage's is meant for ranking.
        """
        return await self.embed(questions)


class QuestionVectors(Protocol):
    """Vectors of each tenant's questions: search and answerer share one encoding of a question."""

    @abstractmethod
    async def embed(
        self, scope: TenantScope, question: str, fingerprint: Fingerprint | None = None
    ) -> Vector:
        """Return the vector of a question, float32 of shape (dimension,).

        `fingerprint` is that of the searched documents. Raises as `Embedder` does, and
        `ReindexRequiredError` if no embedder on the list made their vectors.
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
        """Return the embedder that a configuration names; None is the default.

        Raises `UnavailableError` (`bad_config`) for one that is no longer on the list.
        """
        if name is None:
            return self.default
        if name not in self._listed:
            raise UnavailableError(
                "The client's search_settings.embedder is no longer on the operator's list; "
                f"choose from {', '.join(self._listed)}.",
                code="bad_config",
            )
        return self._listed[name]

    def of(self, fingerprint: Fingerprint | None) -> Embedder:
        """Return the documents' embedder; the default for None, which means no documents.

        Raises `ReindexRequiredError` if no embedder on the list made their vectors.
        """
        if fingerprint is None:
            return self.default
        for embedder in self:
            if embedder.model.fingerprint == fingerprint:
                return embedder
        raise ReindexRequiredError("Documents were embedded by another model; reindex them.")


def checked(vectors: Vectors | Doubles, *, count: int, dimension: int) -> Vectors:
    """Return valid vectors as float32 with rows of norm 1; every embedder's last step.

    Raises `RejectedError` for an unexpected count or dimension, a non-finite value, or a row of
    norm 0.
    """
    if vectors.shape != (count, dimension):
        raise RejectedError(
            "The model returned vectors of an unexpected shape.",
            code="bad_vectors",
            expected=f"{count}x{dimension}",
        )
    highest = np.abs(vectors).max(axis=1, keepdims=True, initial=0.0).astype(np.float64)
    if not np.isfinite(highest).all():
        raise RejectedError("The model returned vectors that are not finite.", code="bad_vectors")
    if not (highest > 0).all():
        raise RejectedError("The model returned a zero vector.", code="bad_vectors")
    scaled = vectors.astype(np.float64) / highest  # a finite number's square may overflow
    norms = np.linalg.norm(scaled, axis=1, keepdims=True)
    if np.allclose(norms, 1.0 / highest, rtol=NORM_TOLERANCE, atol=0.0):
        return np.ascontiguousarray(vectors, dtype=np.float32)
    return np.ascontiguousarray(scaled / norms, dtype=np.float32)
