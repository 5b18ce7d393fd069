"""Embedding texts in batches, once per text, model and tenant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

import numpy as np

from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.derived_cache import EMBEDDING, DerivedCache
from ragtenancy.ports.embeddings import Embedder, EmbeddingModel, Vectors

EMBED_BATCH = 32
Embed = Callable[[Sequence[str]], Awaitable[Vectors]]
Embedded = Callable[[int], Awaitable[None]]


async def unwatched(_: int) -> None:
    """Ignore the progress."""


async def embed_in_batches(
    embed: Embed, texts: Sequence[str], dimension: int, embedded: Embedded = unwatched
) -> Vectors:
    """Return float32 of shape (len(texts), dimension), embedded 32 texts at a time.

    `embedded` is awaited after each batch with the number of texts embedded so far.
    """
    rows = np.empty((len(texts), dimension), dtype=np.float32)
    for start in range(0, len(texts), EMBED_BATCH):
        part = slice(start, start + EMBED_BATCH)
        rows[part] = await embed(texts[part])
        await embedded(min(start + EMBED_BATCH, len(texts)))
    return rows


class CachedEmbeddings:
    """Embeds only texts that are not in the tenant's cache."""

    def __init__(self, cache: DerivedCache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock

    async def embed(
        self,
        scope: TenantScope,
        embedder: Embedder,
        texts: Sequence[str],
        embedded: Embedded = unwatched,
    ) -> Vectors:
        """Return float32 of shape (len(texts), dimension); `embedded` as in `embed_in_batches`.

        Raises `RejectedError`, `UnavailableError`; batches embedded before that stay cached.
        """
        return await embed_in_batches(
            lambda batch: self._batch(scope, embedder, batch),
            texts,
            embedder.model.dimension,
            embedded,
        )

    async def _batch(self, scope: TenantScope, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        keys = [_key(embedder.model, text) for text in texts]
        known = dict(await self._cache.get(scope, EMBEDDING, keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            fresh = await embedder.embed(list(missing.values()))
            made = {key: row.tobytes() for key, row in zip(missing, fresh, strict=True)}
            await self._cache.put(scope, EMBEDDING, made, at=self._clock.now())
            known |= made
        return np.stack([np.frombuffer(known[key], dtype=np.float32) for key in keys])


def _key(model: EmbeddingModel, text: str) -> str:
    return sha256(f"{model.fingerprint}\n{text}".encode()).hexdigest()
