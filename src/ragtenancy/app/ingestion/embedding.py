"""Embedding texts, each once per content, model and tenant."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors

EMBED_BATCH = 32
EMBEDDINGS = "embedding"


class EmbedTexts:
    """Pays only for texts that the tenant did not have embedded before."""

    def __init__(self, cache: DerivedCache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock

    async def __call__(
        self, scope: TenantScope, embedder: Embedder, texts: Sequence[str]
    ) -> Vectors:
        """Return float32 of shape (len(texts), dimension), for `EMBED_BATCH` texts at most.

        Raises `RejectedError`, `UnavailableError`; what was embedded before stays paid for.
        """
        keys = [_key(embedder.model, text) for text in texts]
        known = dict(await self._cache.get(scope, EMBEDDINGS, keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            fresh = await embedder.embed(list(missing.values()))
            made = {key: row.tobytes() for key, row in zip(missing, fresh, strict=True)}
            await self._cache.put(scope, EMBEDDINGS, made, at=self._clock.now())
            known |= made
        return np.stack([np.frombuffer(known[key], dtype=np.float32) for key in keys])


def _key(model: EmbeddingModel, text: str) -> str:
    return sha256(f"{model.fingerprint}\n{text}".encode()).hexdigest()
