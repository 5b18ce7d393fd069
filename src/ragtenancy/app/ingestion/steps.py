"""The steps of ingestion, from bytes to staged chunks and vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.ingestion.describe import DescribeImages
from ragtenancy.app.ingestion.embedding import EMBED_BATCH, EmbedTexts
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.lease import JobLease
from ragtenancy.app.intents import Intents
from ragtenancy.domain.chunking import chunk_document
from ragtenancy.domain.chunks import ChunkDraft, indexed_text, of_revision
from ragtenancy.domain.documents import ORIGINAL_MISSING, Document, Upload
from ragtenancy.domain.errors import NotFoundError, RejectedError, UnreadableDocumentError
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.jobs import Step
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.embeddings import Embedder, Vectors
from ragtenancy.ports.token_counters import TokenCounter
from ragtenancy.ports.vectors import VectorIndex


class Staged(Struct, frozen=True, kw_only=True):
    """What one attempt staged, under an intent that is open until what it replaces is gone."""

    intent: Intent
    revision: Revision
    total_chunks: int
    images_processed: int
    warnings: Sequence[str]


class IngestionSteps:
    """Parses, describes, chunks, embeds and stages one upload; each step may run twice."""

    def __init__(
        self,
        blobs: BlobStore,
        formats: Formats,
        describe: DescribeImages,
        configs: TenantConfigs,
        token_counter: TokenCounter,
        embed_texts: EmbedTexts,
        chunks: ChunkRepository,
        vectors: VectorIndex,
        intents: Intents,
    ) -> None:
        self._blobs = blobs
        self._formats = formats
        self._describe = describe
        self._configs = configs
        self._token_counter = token_counter
        self._embed_texts = embed_texts
        self._chunks = chunks
        self._vectors = vectors
        self._intents = intents

    async def __call__(
        self,
        lease: JobLease,
        document: Document,
        upload: Upload,
        revision: Revision,
        embedder: Embedder,
    ) -> Staged:
        """Stage the revision, embedded by one embedder, and count it.

        Raises `UnreadableDocumentError`, `UnsupportedError`, `UnavailableError`,
        `RejectedError`, `LeaseLostError`.
        """
        await lease.step(Step.PARSE, 0.0)
        parsed = await self._parse(lease.scope, upload)
        await lease.step(Step.DESCRIBE, 0.2)
        described = await self._describe(lease.scope, parsed)
        await lease.step(Step.CHUNK, 0.3)
        drafts = await self._cut(lease.scope, described.document, embedder)
        await lease.step(Step.EMBED, 0.35)
        vectors = await self._embed(lease, drafts, embedder)
        await lease.step(Step.INDEX, 0.9)
        intent = await self._intents.open(
            lease.scope,
            Work.STAGE,
            f"{document.document_id}-{revision}",
            document_id=document.document_id,
            blobs=sorted(document.blobs),
        )
        await self._stage(lease.scope, document.document_id, revision, drafts, vectors)
        return Staged(
            intent=intent,
            revision=revision,
            total_chunks=len(drafts),
            images_processed=described.images_processed,
            warnings=[*parsed.warnings, *described.warnings],
        )

    async def _parse(self, scope: TenantScope, upload: Upload) -> ParsedDocument:
        parser = self._formats.parser_of(upload.media_type)
        try:
            async with self._blobs.local(scope, upload.blob) as path:
                return await parser.parse(path)
        except NotFoundError:
            raise UnreadableDocumentError(
                "The original is not in the store any more; upload it again.",
                code=ORIGINAL_MISSING,
            ) from None

    async def _cut(
        self, scope: TenantScope, parsed: ParsedDocument, embedder: Embedder
    ) -> Sequence[ChunkDraft]:
        chunking = (await self._configs.effective(scope)).config.chunking
        drafts = await asyncio.to_thread(
            chunk_document,
            parsed,
            count=self._token_counter.count,
            adds_up=self._token_counter.adds_up,
            max_tokens=embedder.model.max_tokens,
            target=chunking.target_tokens,
            overlap=chunking.overlap_tokens,
        )
        if not drafts:
            raise UnreadableDocumentError("The document holds no text.", code="no_text")
        return drafts

    async def _embed(
        self, lease: JobLease, drafts: Sequence[ChunkDraft], embedder: Embedder
    ) -> Vectors:
        """Return one row per chunk."""
        texts = [indexed_text(draft.section, draft.text) for draft in drafts]
        rows = np.empty((len(texts), embedder.model.dimension), dtype=np.float32)
        for start in range(0, len(texts), EMBED_BATCH):
            part = slice(start, start + EMBED_BATCH)
            rows[part] = await self._embed_texts(lease.scope, embedder, texts[part])
            await lease.step(
                Step.EMBED, 0.35 + 0.55 * min(start + EMBED_BATCH, len(texts)) / len(texts)
            )
        return rows

    async def _stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        drafts: Sequence[ChunkDraft],
        vectors: Vectors,
    ) -> None:
        chunks = of_revision(document_id, revision, drafts)
        await self._chunks.stage(scope, document_id, revision, chunks)
        await self._vectors.stage(scope, document_id, revision, vectors)
        counts = (
            await self._chunks.count(scope, document_id, revision),
            await self._vectors.count(scope, document_id, revision),
        )
        if counts != (len(chunks), len(chunks)):
            raise RejectedError("A store kept fewer chunks than it was given.", code="short_write")
