"""The ingestion pipeline, from bytes to staged chunks and vectors."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.ingestion.embeddings import CachedEmbeddings
from ragtenancy.app.ingestion.originals import OriginalReader, ReadOriginal
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.attachments import AttachedFile
from ragtenancy.domain.chunks import ChunkDraft, indexed_text, of_revision
from ragtenancy.domain.documents import Document, Upload
from ragtenancy.domain.ids import Revision
from ragtenancy.domain.intents import Intent, Work
from ragtenancy.domain.jobs import Step
from ragtenancy.ports.embeddings import Embedder, Vectors

READING = {Step.PARSE: 0.0, Step.DESCRIBE: 0.2, Step.CHUNK: 0.3}  # shares of a job's progress
BEFORE_EMBEDDING, EMBEDDING = 0.35, 0.55


class StagedRevision(Struct, frozen=True, kw_only=True):
    """One attempt's staged revision; its intent stays open until the replaced one is removed."""

    intent: Intent
    revision: Revision
    total_chunks: int
    embedding_tokens: int
    images_processed: int
    warnings: Sequence[str]
    attached: Sequence[AttachedFile]
    read_by: str


class Pipeline:
    """Reads, embeds and stages one upload; each step may run twice."""

    def __init__(
        self,
        originals: OriginalReader,
        embeddings: CachedEmbeddings,
        revisions: Revisions,
        intents: Intents,
    ) -> None:
        self._originals = originals
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

        Between slices of the work, other jobs of the process get their turn.

        Raises `UnreadableDocumentError`, `UnsupportedError`, `UnavailableError`,
        `RejectedError`, `LeaseLostError`.
        """
        read = await self._originals.read(
            lease.scope,
            document,
            upload,
            embedder,
            lambda step: lease.step(step, READING[step]),
            lease.turn,
        )
        async with lease.turn.working():
            return await self._store(lease, document, revision, read, embedder)

    async def _store(
        self,
        lease: JobLease,
        document: Document,
        revision: Revision,
        read: ReadOriginal,
        embedder: Embedder,
    ) -> StagedRevision:
        await lease.step(Step.EMBED, BEFORE_EMBEDDING)
        vectors = await self._embed(lease, read.drafts, embedder)
        await lease.step(Step.INDEX, 0.9)
        document_id = document.document_id
        intent = await self._intents.open(
            lease.scope,
            Work.STAGE,
            f"{document_id}-{revision}",
            document_id=document_id,
            blobs=sorted(document.blobs),
        )
        chunks = of_revision(document_id, revision, read.drafts)
        await self._revisions.stage_live(lease.scope, document_id, revision, chunks, vectors)
        return StagedRevision(
            intent=intent,
            revision=revision,
            total_chunks=len(chunks),
            embedding_tokens=sum(chunk.token_count for chunk in chunks),
            images_processed=read.images_processed,
            warnings=read.warnings,
            attached=read.attached,
            read_by=read.read_by,
        )

    async def _embed(
        self, lease: JobLease, drafts: Sequence[ChunkDraft], embedder: Embedder
    ) -> Vectors:
        """Return one row per chunk; each batch advances the job's progress."""
        texts = [indexed_text(draft.section, draft.text) for draft in drafts]

        async def embedded(done: int) -> None:
            progress = BEFORE_EMBEDDING + EMBEDDING * done / len(texts)
            await lease.step(Step.EMBED, progress)
            await lease.turn.offer()

        return await self._embeddings.embed(lease.scope, embedder, texts, embedded)
