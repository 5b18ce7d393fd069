"""Re-embedding one document: staging its chunks again with its new model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct

from ragtenancy.app.ingestion.embeddings import CachedEmbeddings, Embedded
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.chunking import refitted
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ActiveVersion, Document
from ragtenancy.domain.errors import LeaseLostError, UnavailableError
from ragtenancy.domain.ids import DocumentId, Fingerprint, Revision
from ragtenancy.domain.reindexing import begun, staged
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow
from ragtenancy.domain.usage import embedded as embedded_tokens
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.token_counters import TokenCounter

log = structlog.get_logger(__name__)


class _Begun(Struct, frozen=True):
    """The active version, and its successor's revision."""

    active: ActiveVersion
    revision: Revision


class Reembedding:
    """Stages a document's successor from its stored chunks, without parsing or describing again."""

    def __init__(
        self,
        documents: DocumentRepository,
        chunks: ChunkRepository,
        revisions: Revisions,
        embeddings: CachedEmbeddings,
        token_counter: TokenCounter,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._chunks = chunks
        self._revisions = revisions
        self._embeddings = embeddings
        self._token_counter = token_counter
        self._clock = clock

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, embedder: Embedder, embedded: Embedded
    ) -> int | None:
        """Return the successor's number of chunks; None, storing nothing, if the document changed.

        `embedded` is awaited after each batch with the number of chunks done. Raises
        `UnavailableError` and `RejectedError` from the model or a store.
        """
        try:
            begun_now = await self._begin(scope, document_id, embedder.model.fingerprint)
        except LeaseLostError:
            return None
        try:
            return await self._stage(scope, document_id, begun_now, embedder, embedded)
        except LeaseLostError:
            log.info("reindex_overtaken", document_id=document_id)
            await self._revisions.remove(scope, document_id, begun_now.revision)
            return None

    async def _begin(
        self, scope: TenantScope, document_id: DocumentId, model: Fingerprint
    ) -> _Begun:
        """Record the successor's revision, so that no sweep removes it while it is staged."""
        saved = await self._change(scope, document_id, lambda document: begun(document, model))
        if saved.active is None or saved.successor is None:
            raise LeaseLostError("The document was deleted.")
        return _Begun(saved.active, saved.successor.revision)

    async def _stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        now: _Begun,
        embedder: Embedder,
        embedded: Embedded,
    ) -> int:
        chunks = await self._refitted(scope, document_id, now, embedder.model.max_tokens)
        texts = [chunk.indexed_text for chunk in chunks]
        vectors = await self._embeddings.embed(scope, embedder, texts, embedded)
        await self._revisions.stage_live(scope, document_id, now.revision, chunks, vectors)
        total = len(chunks)
        tokens = sum(chunk.token_count for chunk in chunks)
        used = embedded_tokens(embedder.model.name, tokens, self._clock.now())
        await self._change(
            scope, document_id, lambda each: staged(each, now.revision, total), [used]
        )
        return total

    async def _refitted(
        self, scope: TenantScope, document_id: DocumentId, now: _Begun, max_tokens: int
    ) -> Sequence[Chunk]:
        """Return the active version's chunks, refitted for the successor."""
        stored = await self._chunks.of_revision(scope, document_id, now.active.revision)
        if len(stored) != now.active.total_chunks:
            raise LeaseLostError("The document was replaced.")
        return await asyncio.to_thread(
            refitted,
            stored,
            now.revision,
            count=self._token_counter.count,
            max_tokens=max_tokens,
        )

    async def _change(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        change: Callable[[Document], Document],
        used: Sequence[UsageRow] = (),
    ) -> Document:
        """Change and save a document with its usage. Raises `LeaseLostError` if it is gone."""

        async def attempt() -> Document:
            document = await self._documents.get(scope, document_id)
            if document is None:
                raise LeaseLostError("The document was deleted.")
            return await self._documents.save(scope, change(document), used)

        return await retry_stale(
            attempt,
            UnavailableError(
                "Other requests keep changing this document; try again.", retry_after=1.0
            ),
        )
