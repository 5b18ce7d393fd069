"""Embedding a tenant's documents by the configured model beside what answers; then switching."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import structlog

from ragtenancy.app.concurrency import together
from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.app.intents import Intents, Renew
from ragtenancy.app.reindexing.successors import StageSuccessor
from ragtenancy.app.reindexing.tally import Tally, Watch
from ragtenancy.domain.documents import Document, DocumentStatus
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.intents import Work
from ragtenancy.domain.pages import MAX_LIMIT, Cursor
from ragtenancy.domain.reindexing import Reindexed, is_ready
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder

log = structlog.get_logger(__name__)

AT_ONCE = 4
MAX_IDLE_ROUNDS = 5


class ReindexDocuments:
    """Stages a successor of every document and switches to all of them in one transaction.

    Until the switch the former model answers, after it the configured one, never both. Interrupted
    at any moment, the next run goes on: whole successors stay, and vectors that were paid for are
    kept by content. Documents that changed meanwhile are caught up with before the switch.
    `at_once` documents wait for the model together: one far away answers them side by side.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        stage_successor: StageSuccessor,
        retire: RetireRevisions,
        tenant_embedder: TenantEmbedder,
        intents: Intents,
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        self._documents = documents
        self._stage_successor = stage_successor
        self._retire = retire
        self._tenant_embedder = tenant_embedder
        self._intents = intents
        self._at_once = at_once

    async def __call__(self, scope: TenantScope, watch: Watch) -> Reindexed:
        """Return what was done; nothing where every document is of the configured model.

        Raises `UnavailableError` and `RejectedError` of the model or a store; what is done stays.
        """
        async with self._intents.renewed(scope, Work.REINDEX) as renew:
            return await self._reindexed(scope, Tally(watch), renew)

    async def _reindexed(self, scope: TenantScope, tally: Tally, renew: Renew) -> Reindexed:
        embedder = await self._tenant_embedder.configured(scope)
        model = embedder.model
        idle = 0
        while idle < MAX_IDLE_ROUNDS:
            before = tally.staged_documents
            await self._catch_up(scope, embedder, tally, renew)
            await renew()
            try:
                moved = await self._documents.switch(scope, model.fingerprint)
            except StaleWriteError:
                log.info("reindex_catches_up")
                idle = idle + 1 if tally.staged_documents == before else 0
                continue
            await self._remove_former(scope)
            return tally.result(model.name, switched=moved)
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def _catch_up(
        self, scope: TenantScope, embedder: Embedder, tally: Tally, renew: Renew
    ) -> None:
        """Stage a successor of every document that cannot be switched yet."""
        model = embedder.model.fingerprint
        active = [document async for document in self._active(scope)]
        unready = [document for document in active if not is_ready(document, model)]
        tally.begin(active, unready)
        waiting = iter(unready)

        async def stage() -> None:
            for document in waiting:
                await renew()
                chunks = await self._stage_successor(
                    scope, document.document_id, embedder, tally.embedded
                )
                if chunks is not None:
                    tally.staged(chunks)

        await together(stage() for _ in range(self._at_once))

    async def _remove_former(self, scope: TenantScope) -> None:
        """Remove what does not answer any more; after a crash a sweep does it."""
        stored = await self._retire.stored(scope)
        several = {d for d, times in Counter(d for d, _ in stored).items() if times > 1}
        for document_id, revision in stored:
            if document_id not in several:
                continue
            document = await self._documents.get(scope, document_id)
            if document is not None and revision not in document.live_revisions:
                await self._retire.revision(scope, document_id, revision)

    async def _active(self, scope: TenantScope) -> AsyncIterator[Document]:
        after: Cursor | None = None
        while True:
            page = await self._documents.page(
                scope, status=DocumentStatus.ACTIVE, after=after, limit=MAX_LIMIT
            )
            for document in page.items:
                yield document
            after = page.next
            if after is None:
                return
