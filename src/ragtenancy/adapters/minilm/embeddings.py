"""Embedding on this machine."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

from ragtenancy.adapters.minilm.model_files import (
    DIMENSION,
    MAX_TOKENS,
    MODEL_SHA256,
    ModelFiles,
)
from ragtenancy.adapters.minilm.session import ModelSession, fingerprint
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors, checked


class MiniLmEmbedder(Embedder):
    """Loads its model at the first text, once, and works in threads."""

    def __init__(self, model_files: ModelFiles, *, threads: int = 2) -> None:
        self._files = model_files
        self._threads = threads
        self._loading = threading.Lock()
        self._session: ModelSession | None = None

    @property
    def model(self) -> EmbeddingModel:
        """The facts of the model; those of the model that ships are known without loading it."""
        if self._session is None and self._files.expected_sha256 == MODEL_SHA256:
            return EmbeddingModel(
                name=self._files.name,
                dimension=DIMENSION,
                max_tokens=MAX_TOKENS,
                fingerprint=fingerprint(MODEL_SHA256, DIMENSION),
            )
        return self._loaded().model

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 a text."""
        vectors = await asyncio.to_thread(self._embed, list(texts))
        return checked(vectors, count=len(texts), dimension=self.model.dimension)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._loaded().embed(texts)

    def _loaded(self) -> ModelSession:
        with self._loading:
            if self._session is None:
                self._session = ModelSession(self._files, self._threads)
            return self._session
