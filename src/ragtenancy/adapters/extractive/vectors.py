"""Vectors of candidate sentences."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ragtenancy.domain.errors import NotFoundError, UnavailableError
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder, Vector, Vectors
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache

MAX_VECTORS = 16_384  # about 25 MB of 384 dimensions
HIGHEST = 127
DIGEST_BYTES = 16
Codes = npt.NDArray[np.int8]


class Sentence(NamedTuple):
    """A text to embed, from a document revision."""

    document_id: DocumentId
    revision: Revision
    text: str


class SentenceVectors:
    """LRU cache of sentence vectors, in front of those stored with their revisions.

    All are quantized to int8, even fresh ones, so that an answer does not depend on the cache. If
    the store fails, sentences are encoded anew. With `read_only`, nothing is stored.
    """

    def __init__(
        self,
        cache: SentenceVectorCache | None = None,
        *,
        most: int = MAX_VECTORS,
        read_only: bool = False,
    ) -> None:
        self._cache = cache
        self._most = most
        self._read_only = read_only
        self._recent: OrderedDict[tuple[TenantUid, Sentence], Vector] = OrderedDict()

    async def of(
        self, embedder: Embedder, scope: TenantScope, sentences: Sequence[Sentence]
    ) -> Vectors:
        """Return float32 of shape (len(sentences), dimension), rows of norm 1.

        `embedder` is that of the sentences' revisions.
        """
        uid = scope.tenant_uid
        new = [s for s in dict.fromkeys(sentences) if (uid, s) not in self._recent]
        found = await self._made(embedder, scope, new) if new else {}
        rows = [found[s] if s in found else self._recent[uid, s] for s in sentences]
        for sentence, row in zip(sentences, rows, strict=True):
            self._recent[uid, sentence] = row
            self._recent.move_to_end((uid, sentence))
        while len(self._recent) > self._most:
            self._recent.popitem(last=False)
        return np.stack(rows) if rows else np.empty((0, embedder.model.dimension), np.float32)

    def forget(self, scope: TenantScope) -> None:
        """Drop a tenant's vectors from memory."""
        for key in [key for key in self._recent if key[0] == scope.tenant_uid]:
            del self._recent[key]

    async def _made(
        self, embedder: Embedder, scope: TenantScope, sentences: Sequence[Sentence]
    ) -> dict[Sentence, Vector]:
        """Return the stored vectors; encode the others, and store them."""
        dimension = embedder.model.dimension
        model = hashlib.sha256(embedder.model.fingerprint.encode()).digest()
        keys = {sentence: _key(model, sentence) for sentence in sentences}
        kept = await self._kept(scope, list(keys.values()))
        made = {
            s: row
            for s, key in keys.items()
            if (row := decoded(kept.get(key), dimension)) is not None
        }
        absent = [sentence for sentence in sentences if sentence not in made]
        if absent:
            fresh = await embedder.embed([sentence.text for sentence in absent])
            codes = [encoded(row) for row in fresh]
            made |= {
                s: _scaled(np.frombuffer(code, np.int8))
                for s, code in zip(absent, codes, strict=True)
            }
            await self._keep(scope, {keys[s]: code for s, code in zip(absent, codes, strict=True)})
        return made

    async def _kept(
        self, scope: TenantScope, keys: Sequence[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        if self._cache is None:
            return {}
        try:
            return await self._cache.get(scope, keys)
        except (UnavailableError, NotFoundError):
            return {}

    async def _keep(self, scope: TenantScope, vectors: Mapping[SentenceKey, bytes]) -> None:
        if self._cache is None or self._read_only:
            return
        try:
            await self._cache.put(scope, vectors)
        except (UnavailableError, NotFoundError):
            return


def _key(model: bytes, sentence: Sentence) -> SentenceKey:
    hashed = hashlib.blake2b(sentence.text.encode(), digest_size=DIGEST_BYTES, key=model)
    return SentenceKey(sentence.document_id, sentence.revision, hashed.digest())


def encoded(vector: Vector) -> bytes:
    """Return a vector of norm 1 as int8; the scale need not be stored, since the norm is known."""
    highest = max(float(np.abs(vector).max()), 1e-9)
    codes: Codes = np.rint(vector * (HIGHEST / highest)).astype(np.int8)
    return codes.tobytes()


def decoded(kept: bytes | None, dimension: int) -> Vector | None:
    """Return the vector, float32 of norm 1; None if absent or damaged."""
    if kept is None or len(kept) != dimension:
        return None
    codes = np.frombuffer(kept, np.int8)
    return _scaled(codes) if codes.any() else None


def _scaled(codes: Codes) -> Vector:
    values = codes.astype(np.float32)
    scaled: Vector = values / np.float32(np.sqrt(np.vecdot(values, values)))
    return scaled
