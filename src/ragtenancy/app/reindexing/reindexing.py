"""Moving a tenant's documents to the configured embedding model, then switching all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import structlog

from ragtenancy.app.concurrency import together
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.intents import Intents, Renew
from ragtenancy.app.paging import every
from ragtenancy.app.reindexing.reembedding import Reembedding
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.documents import Document, DocumentStatus
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.intents import Work
from ragtenancy.domain.reindexing import Reindexed, ReindexProgress, is_ready
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder

log = structlog.get_logger(__name__)

CONCURRENCY = 4
MAX_IDLE_ROUNDS = 5
OnProgress = Callable[[ReindexProgress], None]


class Reindexing:
    """Stages a successor for every document and switches all of them in one transaction.

    Searches use the former model until the switch and the configured one after it, never both.
    The next run resumes an interrupted one: complete successors are kept, and embeddings are
    cached by content. Documents that change during the run are staged again before the switch.
    `concurrency` documents are embedded at a time, which hides the latency of a remote model.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        reembedding: Reembedding,
        revisions: Revisions,
        tenant_embedder: TenantEmbedder,
        intents: Intents,
    ) -> None:
        self.concurrency = CONCURRENCY
        self._documents = documents
        self._reembedding = reembedding
        self._revisions = revisions
        self._tenant_embedder = tenant_embedder
        self._intents = intents

    async def reindex(self, scope: TenantScope, on_progress: OnProgress) -> Reindexed:
        """Move every document to the configured model; return the counts, 0 if all use it already.

        Raises `UnavailableError` and `RejectedError` from the model or a store; finished work is
        kept.
        """
        async with self._intents.renewed(scope, Work.REINDEX) as renew:
            return await self._reindex(scope, ProgressCounter(on_progress), renew)

    async def _reindex(
        self, scope: TenantScope, progress: ProgressCounter, renew: Renew
    ) -> Reindexed:
        """Catch up and switch; repeat while documents change.

        Only rounds that staged nothing count against the limit: a large upload is not a deadlock.
        """
        embedder = await self._tenant_embedder.configured(scope)
        model = embedder.model
        idle = 0
        while idle < MAX_IDLE_ROUNDS:
            before = progress.staged_documents
            await self._catch_up(scope, embedder, progress, renew)
            await renew()
            try:
                moved = await self._documents.switch(scope, model.fingerprint)
            except StaleWriteError:
                log.info("reindex_catches_up")
                idle = idle + 1 if progress.staged_documents == before else 0
                continue
            await self._remove_former(scope)
            return progress.result(model.name, switched=moved)
        raise UnavailableError("The documents kept changing; try again.", retry_after=1.0)

    async def _catch_up(
        self, scope: TenantScope, embedder: Embedder, progress: ProgressCounter, renew: Renew
    ) -> None:
        """Stage a successor for every document that is not ready to be switched."""
        model = embedder.model.fingerprint
        active = [document async for document in self._active(scope)]
        unready = [document for document in active if not is_ready(document, model)]
        progress.begin(active, unready)
        waiting = iter(unready)

        async def stage() -> None:
            for document in waiting:
                await renew()
                chunks = await self._reembedding.stage(
                    scope, document.document_id, embedder, progress.of_document()
                )
                if chunks is not None:
                    progress.staged(chunks)

        await together(stage() for _ in range(self.concurrency))

    async def _remove_former(self, scope: TenantScope) -> None:
        """Remove the former revisions; after a crash, a sweep removes them."""
        stored = await self._revisions.stored(scope)
        several = {d for d, times in Counter(d for d, _ in stored).items() if times > 1}
        for document_id, revision in stored:
            if document_id not in several:
                continue
            document = await self._documents.get(scope, document_id)
            if document is not None and revision not in document.live_revisions:
                await self._revisions.remove(scope, document_id, revision)

    def _active(self, scope: TenantScope) -> AsyncIterator[Document]:
        read = self._documents.page
        return every(
            lambda after, limit: read(scope, status=DocumentStatus.ACTIVE, after=after, limit=limit)
        )


class ProgressCounter:
    """Counts documents and chunks across all rounds and reports each step."""

    def __init__(self, on_progress: OnProgress) -> None:
        self._on_progress = on_progress
        self._documents = self._total_documents = 0
        self._chunks = self._total_chunks = 0
        self.staged_documents = 0
        self._staged_chunks = 0

    def begin(self, documents: Sequence[Document], unready: Sequence[Document]) -> None:
        """Begin a round, counting documents that are ready as done."""
        self._total_documents = len(documents)
        self._total_chunks = sum(map(_chunks_of, documents))
        self._documents = self._total_documents - len(unready)
        self._chunks = self._total_chunks - sum(map(_chunks_of, unready))
        self._report()

    def of_document(self) -> Callable[[int], Awaitable[None]]:
        """Return a callback that takes the number of one document's chunks embedded so far."""
        counted = 0

        async def embedded(done: int) -> None:
            nonlocal counted
            self._chunks += done - counted
            counted = done
            self._report()

        return embedded

    def staged(self, chunks: int) -> None:
        """Count a document whose successor is complete."""
        self._documents += 1
        self.staged_documents += 1
        self._staged_chunks += chunks
        self._report()

    def result(self, model: str, *, switched: int) -> Reindexed:
        """Return the totals across all rounds."""
        return Reindexed(
            model=model,
            documents=self.staged_documents,
            chunks=self._staged_chunks,
            switched=switched,
        )

    def _report(self) -> None:
        self._on_progress(
            ReindexProgress(
                documents=self._documents,
                total_documents=self._total_documents,
                chunks=min(self._chunks, self._total_chunks),
                total_chunks=self._total_chunks,
            )
        )


def _chunks_of(document: Document) -> int:
    return document.active.total_chunks if document.active else 0
