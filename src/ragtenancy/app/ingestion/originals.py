"""Reading an original into chunks: parse, describe the pictures, cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from threading import Event

from msgspec import Struct

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.image_descriptions import ImageDescriptions
from ragtenancy.app.jobs.scheduler import Turn
from ragtenancy.domain.attachments import AttachedFile, attached_files, unread_attachments
from ragtenancy.domain.chunking import Count, chunk_document
from ragtenancy.domain.chunks import ChunkDraft
from ragtenancy.domain.documents import ORIGINAL_MISSING, Document, Upload
from ragtenancy.domain.errors import NotFoundError, UnreadableDocumentError
from ragtenancy.domain.jobs import Step
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.token_counters import TokenCounter

_COUNTED_AT_ONCE = 1_000  # texts
AtStep = Callable[[Step], Awaitable[None]]


class ReadOriginal(Struct, frozen=True, kw_only=True):
    """An original as chunks, of which there is at least one, and the files inside it.

    `read_by` as `OriginalReader.read_by`.
    """

    drafts: Sequence[ChunkDraft]
    images_processed: int
    warnings: Sequence[str]
    attached: Sequence[AttachedFile]
    read_by: str


class OriginalReader:
    """Reads stored originals; stores nothing but picture descriptions, in their cache.

    `readers` identifies the code of the parsers and of the chunker.
    """

    def __init__(
        self,
        blobs: BlobStore,
        formats: Formats,
        image_descriptions: ImageDescriptions,
        configs: TenantConfigs,
        token_counter: TokenCounter,
        readers: str,
    ) -> None:
        self._blobs = blobs
        self._formats = formats
        self._image_descriptions = image_descriptions
        self._configs = configs
        self._token_counter = token_counter
        self._readers = readers

    async def read(
        self,
        scope: TenantScope,
        document: Document,
        upload: Upload,
        embedder: Embedder,
        at_step: AtStep,
        turn: Turn,
    ) -> ReadOriginal:
        """Return the chunks of a document's upload, at most as long as the embedder reads.

        `at_step` is awaited before each step; parsing and chunking wait for their `turn`. Raises `UnreadableDocumentError`,
        `UnsupportedError`, `UnavailableError`.
        """
        read_by = await self.read_by(scope, embedder)
        await at_step(Step.PARSE)
        parsed = await self._parse(scope, upload, turn)
        attached = await self._attached(scope, document, upload, parsed)
        await at_step(Step.DESCRIBE)
        described = await self._image_descriptions.describe(scope, parsed, upload.key_id)
        await at_step(Step.CHUNK)
        return ReadOriginal(
            drafts=await self._chunk(scope, described.document, embedder, turn),
            images_processed=described.images_processed,
            warnings=[
                *parsed.warnings,
                *unread_attachments(parsed.attachments, len(attached)),
                *described.warnings,
            ],
            attached=attached,
            read_by=read_by,
        )

    async def attached(
        self, scope: TenantScope, document: Document, upload: Upload, turn: Turn
    ) -> Sequence[AttachedFile]:
        """Return the files inside an original that become documents; errors as `read`'s."""
        parsed = await self._parse(scope, upload, turn)
        return await self._attached(scope, document, upload, parsed)

    async def read_by(self, scope: TenantScope, embedder: Embedder) -> str:
        """Return a hash of all that decides how an original is read, but the original itself.

        That is the code, the describer of pictures, the size of chunks, whether attachments are
        read, and the model's limit.
        """
        config = (await self._configs.effective(scope)).config
        parts = (
            self._readers,
            await self._image_descriptions.fingerprint(scope),
            config.chunking,
            config.features.attachments,
            embedder.model.max_tokens,
        )
        return sha256(repr(parts).encode()).hexdigest()[:16]

    async def _parse(self, scope: TenantScope, upload: Upload, turn: Turn) -> ParsedDocument:
        parser = self._formats.parser_of(upload.media_type)
        try:
            async with self._blobs.local(scope, upload.blob) as path, turn.parsing():
                return await parser.parse(path, charset=upload.charset)
        except NotFoundError:
            raise UnreadableDocumentError(
                "The original is no longer in the store; upload it again.",
                code=ORIGINAL_MISSING,
            ) from None

    async def _attached(
        self, scope: TenantScope, document: Document, upload: Upload, parsed: ParsedDocument
    ) -> Sequence[AttachedFile]:
        """Return the attached files; none of an attached document, or if that is switched off."""
        features = (await self._configs.effective(scope)).config.features
        if document.attached_to is not None or not features.attachments:
            return ()
        return await asyncio.to_thread(
            attached_files, document.document_id, upload.filename, parsed.attachments
        )

    async def _chunk(
        self, scope: TenantScope, parsed: ParsedDocument, embedder: Embedder, turn: Turn
    ) -> Sequence[ChunkDraft]:
        chunking = (await self._configs.effective(scope)).config.chunking
        left = Event()
        count = counting_until(left, self._token_counter.count, turn.offer_from_thread)
        async with turn.working():
            try:
                drafts = await asyncio.to_thread(
                    chunk_document,
                    parsed,
                    count=count,
                    adds_up=self._token_counter.adds_up,
                    max_tokens=embedder.model.max_tokens,
                    target=chunking.target_tokens,
                    overlap=chunking.overlap_tokens,
                )
            finally:
                left.set()
        if not drafts:
            raise UnreadableDocumentError("The document contains no text.", code="no_text")
        return drafts


def counting_until(
    stopped: Event, count: Count, between: Callable[[], None] = lambda: None
) -> Count:
    """Return a counter that raises `CancelledError` once stopped: nobody can cancel its thread.

    It calls `between` before each part that it counts.
    """

    def counted(texts: Sequence[str]) -> Sequence[int]:
        counts: list[int] = []
        for start in range(0, len(texts) or 1, _COUNTED_AT_ONCE):
            if stopped.is_set():
                raise asyncio.CancelledError
            between()
            counts += count(texts[start : start + _COUNTED_AT_ONCE])
        return counts

    return counted
