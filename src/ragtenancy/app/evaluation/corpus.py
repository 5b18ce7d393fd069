"""Loading a judged set's documents into a tenant, without a job per document."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

from ragtenancy.app.ingestion.embeddings import embed_in_batches
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain import ids
from ragtenancy.domain.chunking import chunk_document
from ragtenancy.domain.chunks import ChunkDraft, indexed_text, of_revision
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.evaluation import JudgedText
from ragtenancy.domain.ids import BlobName, ContentHash, DocumentId, JobId
from ragtenancy.domain.parsed import Paragraph, ParsedDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.visible_text import visible
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder, Vectors
from ragtenancy.ports.token_counters import TokenCounter

BATCH = 64
REVISION = ids.revision(1, 1)
_BLANK_LINES = re.compile(r"\n\s*\n|\f")
OnProgress = Callable[[float], None]


class LoadedCorpus(Struct, frozen=True, kw_only=True):
    """The loaded corpus: each document's id in the judged set, and the number of chunks."""

    text_ids: Mapping[DocumentId, str]
    chunks: int

    def joined(self, more: LoadedCorpus) -> LoadedCorpus:
        """Return the union of the two."""
        return LoadedCorpus(
            text_ids={**self.text_ids, **more.text_ids}, chunks=self.chunks + more.chunks
        )


class CorpusLoader:
    """Chunks, embeds, stages and publishes texts as ingestion does, in batches.

    No original, job or derived cache is stored: such a tenant is for evaluation only.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        revisions: Revisions,
        token_counter: TokenCounter,
        embedder: Embedder,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._revisions = revisions
        self._token_counter = token_counter
        self._embedder = embedder
        self._clock = clock

    async def load(
        self, scope: TenantScope, texts: Sequence[JudgedText], on_progress: OnProgress
    ) -> LoadedCorpus:
        """Load the texts, skipping those without words; return the loaded corpus.

        `on_progress` is called with the fraction done. Raises `RejectedError` (`short_write`) and
        as the embedder and the stores do.
        """
        loaded = LoadedCorpus(text_ids={}, chunks=0)
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            loaded = loaded.joined(await self._load(scope, start, batch))
            on_progress((start + len(batch)) / len(texts))
        return loaded

    async def _load(
        self, scope: TenantScope, start: int, texts: Sequence[JudgedText]
    ) -> LoadedCorpus:
        """Embed a batch of texts and publish each as a document, numbered from `start`."""
        cut = await asyncio.to_thread(self._cut, texts)
        vectors = await self._embed([draft for drafts in cut for draft in drafts])
        text_ids: dict[DocumentId, str] = {}
        taken = 0
        for at, (text, drafts) in enumerate(zip(texts, cut, strict=True), start):
            if drafts:
                document_id = DocumentId(f"doc_{at:08d}")
                rows = vectors[taken : taken + len(drafts)]
                await self._publish(scope, document_id, text, drafts, rows)
                text_ids[document_id] = text.text_id
                taken += len(drafts)
        return LoadedCorpus(text_ids=text_ids, chunks=taken)

    def _cut(self, texts: Sequence[JudgedText]) -> list[list[ChunkDraft]]:
        count, most = self._token_counter.count, self._embedder.model.max_tokens
        return [chunk_document(as_document(t), count=count, max_tokens=most) for t in texts]

    async def _embed(self, drafts: Sequence[ChunkDraft]) -> Vectors:
        """Return one row per chunk, embedded in batches of ingestion's size."""
        texts = [indexed_text(draft.section, draft.text) for draft in drafts]
        return await embed_in_batches(self._embedder.embed, texts, self._embedder.model.dimension)

    async def _publish(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        text: JudgedText,
        drafts: Sequence[ChunkDraft],
        vectors: Vectors,
    ) -> None:
        chunks = of_revision(document_id, REVISION, drafts)
        await self._revisions.stage(scope, document_id, REVISION, chunks, vectors)
        await self._documents.add(scope, self._document(scope, document_id, text, len(chunks)))

    def _document(
        self, scope: TenantScope, document_id: DocumentId, text: JudgedText, chunks: int
    ) -> Document:
        """Return the record of a document whose first version is active."""
        now = self._clock.now()
        content = f"{text.title}\n{text.text}".encode()
        digest = sha256(content).hexdigest()
        upload = Upload(
            version=1,
            filename=f"{text.text_id}.txt",
            media_type="text/plain",
            content_hash=ContentHash(digest),
            size=len(content),
            blob=BlobName(digest),
            uploaded_at=now,
            job_id=JobId(f"job_{document_id}"),
        )
        active = ActiveVersion(
            upload=upload,
            revision=REVISION,
            total_chunks=chunks,
            embedding_fingerprint=self._embedder.model.fingerprint,
        )
        return Document(
            tenant_uid=scope.tenant_uid, document_id=document_id, created_at=now, active=active
        )


def as_document(text: JudgedText) -> ParsedDocument:
    """Return a text as a titled document of paragraphs; a title alone becomes the text."""
    title = visible(text.title).strip()
    paragraphs = list(_paragraphs(text.text))
    if not paragraphs and title:
        return ParsedDocument(blocks=[Paragraph(text=title)])
    return ParsedDocument(title=title, blocks=paragraphs)


def _paragraphs(text: str) -> Iterator[Paragraph]:
    for piece in _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        if shown := visible(piece).strip():
            yield Paragraph(text=shown)
