"""The ingestion pipeline, from bytes to staged chunks and vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.ingestion.embeddings import CachedEmbeddings
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.image_descriptions import ImageDescriptions
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.chunking import chunk_document
from ragtenancy.domain.chunks import ChunkDraft, indexed_text, of_revision
from ragtenancy.domain.documents import ORIGINAL_MISSING, Document, Upload
from ragtenancy.domain.errors import NotFoundError, UnreadableDocumentError
from ragtenancy.domain.ids import Revision
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.jobs import Step
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.embeddings import Embedder, Vectors
from ragtenancy.ports.token_counters import TokenCounter

BEFORE_EMBEDDING, EMBEDDING = 0.35, 0.55  # shares of a job's progress


class StagedRevision(Struct, frozen=True, kw_only=True):
    """One attempt's staged revision; its intent stays open until the replaced one is removed."""

    intent: Intent
    revision: Revision
    total_chunks: int
    images_processed: int
    warnings: Sequence[str]


class Pipeline:
    """Parses, describes, chunks, embeds and stages one upload; each step may run twice."""

    def __init__(
        self,
        blobs: BlobStore,
        formats: Formats,
        image_descriptions: ImageDescriptions,
        configs: TenantConfigs,
        token_counter: TokenCounter,
        embeddings: CachedEmbeddings,
        revisions: Revisions,
        intents: Intents,
    ) -> None:
        self._blobs = blobs
        self._formats = formats
        self._image_descriptions = image_descriptions
        self._configs = configs
        self._token_counter = token_counter
        self._embeddings = embeddings
        self._revisions = revisions
        self._intents = intents

    async def stage(
        self,
        lease: JobLease,
        document: Document,
        upload: Upload,
        revision: Revision,
        embedder: Embedder,
    ) -> StagedRevision:
        """Stage the upload as a revision, embedded by `embedder`; the lease records each step.

        Raises `UnreadableDocumentError`, `UnsupportedError`, `UnavailableError`,
        `RejectedError`, `LeaseLostError`.
        """
        await lease.step(Step.PARSE, 0.0)
        parsed = await self._parse(lease.scope, upload)
        await lease.step(Step.DESCRIBE, 0.2)
        described = await self._image_descriptions.describe(lease.scope, parsed)
        await lease.step(Step.CHUNK, 0.3)
        drafts = await self._chunk(lease.scope, described.document, embedder)
        await lease.step(Step.EMBED, BEFORE_EMBEDDING)
        vectors = await self._embed(lease, drafts, embedder)
        await lease.step(Step.INDEX, 0.9)
        document_id = document.document_id
        intent = await self._intents.open(
            lease.scope,
            Work.STAGE,
            f"{document_id}-{revision}",
            document_id=document_id,
            blobs=sorted(document.blobs),
        )
        chunks = of_revision(document_id, revision, drafts)
        await self._revisions.stage(lease.scope, document_id, revision, chunks, vectors)
        return StagedRevision(
            intent=intent,
            revision=revision,
            total_chunks=len(chunks),
            images_processed=described.images_processed,
            warnings=[*parsed.warnings, *described.warnings],
        )

    async def _parse(self, scope: TenantScope, upload: Upload) -> ParsedDocument:
        parser = self._formats.parser_of(upload.media_type)
        try:
            async with self._blobs.local(scope, upload.blob) as path:
                return await parser.parse(path, charset=upload.charset)
        except NotFoundError:
            raise UnreadableDocumentError(
                "The original is no longer in the store; upload it again.",
                code=ORIGINAL_MISSING,
            ) from None

    async def _chunk(
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
            raise UnreadableDocumentError("The document contains no text.", code="no_text")
        return drafts

    async def _embed(
        self, lease: JobLease, drafts: Sequence[ChunkDraft], embedder: Embedder
    ) -> Vectors:
        """Return one row per chunk; each batch advances the job's progress."""
        texts = [indexed_text(draft.section, draft.text) for draft in drafts]

        async def embedded(done: int) -> None:
            progress = BEFORE_EMBEDDING + EMBEDDING * done / len(texts)
            await lease.step(Step.EMBED, progress)

        return await self._embeddings.embed(lease.scope, embedder, texts, embedded)
