"""Reading stored originals again, by readers that have changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import structlog
from msgspec import structs

from ragtenancy.app.concurrency import together
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.ingestion.attachments import Attachments
from ragtenancy.app.ingestion.embeddings import CachedEmbeddings
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.app.ingestion.originals import OriginalReader, ReadOriginal
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.scheduler import Turn
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.paging import every
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.attachments import AttachedFile
from ragtenancy.domain.chunks import Chunk, ChunkDraft, indexed_text, of_revision
from ragtenancy.domain.documents import ActiveVersion, Document, DocumentStatus, Upload
from ragtenancy.domain.errors import LeaseLostError, NotFoundError, UnavailableError
from ragtenancy.domain.intents import Work
from ragtenancy.domain.jobs import PERMANENT_FAILURES, Step
from ragtenancy.domain.reindexing import Reparsed, answering_from, begun, reparsed
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow, embedded
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder

log = structlog.get_logger(__name__)

CONCURRENCY = 2
OnReparsed = Callable[[int, int], None]


class Reparsing:
    """Reads the original of every document that the present readers have not read.

    A document answers from its former version until the new one is whole, and keeps it if its
    original cannot be read any more. The embedder stays the same. A document that is done is
    marked, so that the next run continues an interrupted one.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        chunks: ChunkRepository,
        originals: OriginalReader,
        attachments: Attachments,
        formats: Formats,
        revisions: Revisions,
        embeddings: CachedEmbeddings,
        tenant_embedder: TenantEmbedder,
        intents: Intents,
        clock: Clock,
    ) -> None:
        self.concurrency = CONCURRENCY
        self._documents = documents
        self._chunks = chunks
        self._originals = originals
        self._attachments = attachments
        self._formats = formats
        self._revisions = revisions
        self._embeddings = embeddings
        self._tenant_embedder = tenant_embedder
        self._intents = intents
        self._clock = clock

    async def reparse(self, scope: TenantScope, on_reparsed: OnReparsed) -> Sequence[Reparsed]:
        """Read originals again; return what became of each, in the order of the documents.

        `on_reparsed` is called with the number of documents done and of those to do. Raises
        `UnavailableError`, `RejectedError` and `ReindexRequiredError`; finished work is kept.
        """
        embedder = await self._tenant_embedder.in_use(scope)
        read_by = await self._originals.read_by(scope, embedder)
        read = self._documents.page
        active = every(lambda a, n: read(scope, status=DocumentStatus.ACTIVE, after=a, limit=n))
        outdated = [each async for each in active if each.active and each.active.read_by != read_by]
        waiting = iter(enumerate(outdated))
        done: dict[int, Reparsed] = {}
        on_reparsed(0, len(outdated))
        async with self._intents.renewed(scope, Work.REINDEX) as renew:

            async def work() -> None:
                for number, document in waiting:
                    await renew()
                    done[number] = await self._one(scope, document, embedder)
                    on_reparsed(len(done), len(outdated))

            await together(work() for _ in range(self.concurrency))
        return [done[number] for number in sorted(done)]

    async def _one(self, scope: TenantScope, document: Document, embedder: Embedder) -> Reparsed:
        active = document.active
        if active is None:
            raise LeaseLostError("The document has no active version.")
        outcome = Reparsed(
            document_id=document.document_id,
            filename=active.upload.filename,
            outcome="overtaken",
            chunks_before=active.total_chunks,
            chunks=active.total_chunks,
            warnings=active.warnings,
        )
        try:
            upload = await self._recognised(scope, active.upload)
            unkeyed = structs.replace(upload, key_id=None)  # no key of the client's asked for this
            read = await self._originals.read(
                scope, document, unkeyed, embedder, _unwatched, Turn()
            )
        except (*PERMANENT_FAILURES, UnavailableError) as error:
            if not await self._answers_from(scope, document, active):
                return outcome  # its original was removed with it
            if isinstance(error, UnavailableError):
                raise
            return structs.replace(outcome, outcome="kept", code=error.reason, detail=error.detail)
        try:
            return await self._replaced(scope, document, active, upload, read, embedder, outcome)
        except LeaseLostError:
            log.info("reparse_overtaken", document_id=document.document_id)
            await self._revisions.remove_orphans(scope, document.document_id)
            return outcome

    async def _answers_from(
        self, scope: TenantScope, document: Document, active: ActiveVersion
    ) -> bool:
        latest = await self._documents.get(scope, document.document_id)
        return latest is not None and not latest.deleting and latest.active == active

    async def _recognised(self, scope: TenantScope, upload: Upload) -> Upload:
        """Return the upload with the media type by which it is recognised now."""
        try:
            found = await self._formats.detect(scope, upload.blob, upload.original_name)
        except NotFoundError:
            return upload  # the reader says which original is missing
        return structs.replace(upload, media_type=found)

    async def _replaced(
        self,
        scope: TenantScope,
        document: Document,
        active: ActiveVersion,
        upload: Upload,
        read: ReadOriginal,
        embedder: Embedder,
        outcome: Reparsed,
    ) -> Reparsed:
        """Stage what was read and activate it; mark a version that would be the same.

        Raises `LeaseLostError`.
        """
        stored = await self._chunks.of_revision(scope, document.document_id, active.revision)
        made = structs.replace(
            active,
            upload=upload,
            total_chunks=len(read.drafts),
            images_processed=read.images_processed,
            warnings=read.warnings,
            read_by=read.read_by,
        )
        same = _content(stored) == _content(read.drafts)
        used: list[UsageRow] = []
        if not same:
            made = await self._staged(scope, document, active, made, read, embedder)
            tokens = sum(draft.token_count for draft in read.drafts)
            used.append(embedded(embedder.model.name, tokens, self._clock.now()))
        refused = await self._attach(scope, document, active, read.attached)
        attached = [file.document_id for file in read.attached]
        saved = await self._change(
            scope,
            document,
            lambda latest: reparsed(latest, active, made).attaching(attached),
            used,
        )
        await self._attachments.remove_former(scope, saved, read.attached)
        if not same:
            await self._revisions.remove_orphans(scope, document.document_id)
        return structs.replace(
            outcome,
            outcome="unchanged" if same else "changed",
            chunks=len(read.drafts),
            new=_new(stored, read.drafts),
            attached=len(read.attached) - len(refused),
            warnings=[*read.warnings, *refused],
        )

    async def _attach(
        self,
        scope: TenantScope,
        document: Document,
        active: ActiveVersion,
        files: Sequence[AttachedFile],
    ) -> Sequence[str]:
        """Submit files that are attached for the first time: known ones may have been deleted.

        The document's record lists them first, so that whatever ends it ends them.
        """
        new = [file for file in files if file.document_id not in document.attachments]
        ids = [file.document_id for file in new]
        if new:
            await self._change(
                scope, document, lambda latest: answering_from(latest, active).announcing(ids)
            )
        return await self._attachments.submit(scope, document, new)

    async def _staged(
        self,
        scope: TenantScope,
        document: Document,
        active: ActiveVersion,
        made: ActiveVersion,
        read: ReadOriginal,
        embedder: Embedder,
    ) -> ActiveVersion:
        """Stage the chunks as the document's successor, which no sweep removes."""
        model = embedder.model.fingerprint
        saved = await self._change(
            scope, document, lambda latest: begun(answering_from(latest, active), model)
        )
        if saved.successor is None:
            raise LeaseLostError("The document was deleted.")
        revision = saved.successor.revision
        texts = [indexed_text(draft.section, draft.text) for draft in read.drafts]
        vectors = await self._embeddings.embed(scope, embedder, texts)
        chunks = of_revision(document.document_id, revision, read.drafts)
        await self._revisions.stage_live(scope, document.document_id, revision, chunks, vectors)
        return structs.replace(made, revision=revision)

    async def _change(
        self,
        scope: TenantScope,
        document: Document,
        change: Callable[[Document], Document],
        used: Sequence[UsageRow] = (),
    ) -> Document:
        """Change and save the newest record of a document, with its usage.

        Raises `LeaseLostError` if it is gone.
        """

        async def attempt() -> Document:
            latest = await self._documents.get(scope, document.document_id)
            if latest is None:
                raise LeaseLostError("The document was deleted.")
            return await self._documents.save(scope, change(latest), used)

        return await retry_stale(
            attempt,
            UnavailableError(
                "Other requests keep changing this document; try again.", retry_after=1.0
            ),
        )


async def _unwatched(_: Step) -> None:
    """Ignore the progress within a document."""


def _content(chunks: Sequence[Chunk | ChunkDraft]) -> Sequence[tuple[object, ...]]:
    return [
        (tuple(chunk.section), chunk.text, chunk.page, tuple(chunk.page_breaks)) for chunk in chunks
    ]


def _new(before: Sequence[Chunk], after: Sequence[ChunkDraft]) -> int:
    """Return how many chunks have a text that none had before."""
    return (Counter(c.text for c in after) - Counter(c.text for c in before)).total()
