"""Staging one document's successor: its chunks, embedded by the model that it moves to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
import structlog
from msgspec import Struct

from ragtenancy.app.ingestion.embedding import EMBED_BATCH, EmbedTexts
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ActiveVersion, Document
from ragtenancy.domain.errors import (
    LeaseLostError,
    RejectedError,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.fitting import fitted
from ragtenancy.domain.ids import DocumentId, Fingerprint, Revision
from ragtenancy.domain.reindexing import begun, staged
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder, Vectors
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex

log = structlog.get_logger(__name__)

MAX_WRITES = 5
Counted = Callable[[int], None]


class _Begun(Struct, frozen=True):
    """What answers, and the revision that its successor takes."""

    active: ActiveVersion
    revision: Revision


class StageSuccessor:
    """Embeds what is stored of a document again; nothing is read or described anew."""

    def __init__(
        self,
        documents: DocumentRepository,
        chunks: ChunkRepository,
        vectors: VectorIndex,
        retire: RetireRevisions,
        embed_texts: EmbedTexts,
        token_counter: TokenCounter,
    ) -> None:
        self._documents = documents
        self._chunks = chunks
        self._vectors = vectors
        self._retire = retire
        self._embed_texts = embed_texts
        self._token_counter = token_counter

    async def __call__(
        self, scope: TenantScope, document_id: DocumentId, embedder: Embedder, embedded: Counted
    ) -> int | None:
        """Return the successor's chunks; None, nothing of it kept, if the document changed.

        `embedded` is called with the number of chunks of each batch. Raises `UnavailableError`
        and `RejectedError` of the model or a store.
        """
        try:
            begun_now = await self._begin(scope, document_id, embedder.model.fingerprint)
        except LeaseLostError:
            return None
        try:
            return await self._stage(scope, document_id, begun_now, embedder, embedded)
        except LeaseLostError:
            log.info("reindex_overtaken", document_id=document_id)
            await self._retire.revision(scope, document_id, begun_now.revision)
            return None

    async def _begin(
        self, scope: TenantScope, document_id: DocumentId, model: Fingerprint
    ) -> _Begun:
        """Write the successor's revision down, so that no sweep removes what is staged under it."""
        saved = await self._changed(scope, document_id, lambda document: begun(document, model))
        if saved.active is None or saved.successor is None:
            raise LeaseLostError("The document was deleted.")
        return _Begun(saved.active, saved.successor.revision)

    async def _stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        now: _Begun,
        embedder: Embedder,
        embedded: Counted,
    ) -> int:
        chunks = await self._fitted(scope, document_id, now, embedder.model.max_tokens)
        vectors = await self._embedded(scope, chunks, embedder, embedded)
        await self._chunks.stage(scope, document_id, now.revision, chunks)
        await self._vectors.stage(scope, document_id, now.revision, vectors)
        counts = (
            await self._chunks.count(scope, document_id, now.revision),
            await self._vectors.count(scope, document_id, now.revision),
        )
        total = len(chunks)
        if counts != (total, total):
            raise RejectedError("A store kept fewer chunks than it was given.", code="short_write")
        await self._changed(scope, document_id, lambda each: staged(each, now.revision, total))
        return total

    async def _fitted(
        self, scope: TenantScope, document_id: DocumentId, now: _Begun, max_tokens: int
    ) -> Sequence[Chunk]:
        """Return the chunks of what answers as the successor's."""
        stored = await self._chunks.of_revision(scope, document_id, now.active.revision)
        if len(stored) != now.active.total_chunks:
            raise LeaseLostError("The document was replaced meanwhile.")
        return await asyncio.to_thread(
            fitted,
            stored,
            now.revision,
            count=self._token_counter.count,
            max_tokens=max_tokens,
        )

    async def _embedded(
        self, scope: TenantScope, chunks: Sequence[Chunk], embedder: Embedder, embedded: Counted
    ) -> Vectors:
        rows = np.empty((len(chunks), embedder.model.dimension), dtype=np.float32)
        for start in range(0, len(chunks), EMBED_BATCH):
            part = slice(start, start + EMBED_BATCH)
            texts = [chunk.indexed_text for chunk in chunks[part]]
            rows[part] = await self._embed_texts(scope, embedder, texts)
            embedded(len(texts))
        return rows

    async def _changed(
        self, scope: TenantScope, document_id: DocumentId, change: Callable[[Document], Document]
    ) -> Document:
        """Save a document changed. Raises `LeaseLostError` when it is gone."""
        for _ in range(MAX_WRITES):
            document = await self._documents.get(scope, document_id)
            if document is None:
                raise LeaseLostError("The document was deleted.")
            try:
                return await self._documents.save(scope, change(document))
            except StaleWriteError:
                continue
        raise UnavailableError("The document is changing too fast.", retry_after=1.0)
