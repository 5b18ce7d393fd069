"""The lexical leg by our own BM25."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms, chunk_terms
from ragtenancy.adapters.bm25.index_files import IndexFiles
from ragtenancy.adapters.bm25.kernel import KernelSource
from ragtenancy.adapters.bm25.phrases import Phrase, phrase
from ragtenancy.adapters.bm25.resident import Seat
from ragtenancy.adapters.bm25.tenant_index import Loaded, TenantIndex
from ragtenancy.adapters.bm25.weights import DEFAULT, Parameters
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import Contributions, LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import quoted_phrases
from ragtenancy.domain.residents import Residents
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.lexical import LexicalIndex

MAX_CHARACTERS_INLINE = 20_000
MAX_ROWS_INLINE = 100_000
MOST_PHRASES = 4
Answer = TypeVar("Answer")


class Bm25Index(LexicalIndex):
    """An inverted index per tenant in this process, in step with the manifest of each question.

    A quoted phrase counts as a term of the chunks that hold it, whatever its case and spacing. A
    word of a question that no chunk holds is read as the most frequent one a letter away.

    Every method but `count` raises `StaleWriteError` when the manifest names chunks that are
    gone: read it again. `max_bytes` bounds the memory of all tenants; those not asked lately
    leave and are built again: from `files`, which hold the postings as they last were settled
    and no longer than their documents, else from the chunk store.
    """

    def __init__(
        self,
        chunks: ChunkRepository,
        analyzer: Analyzer,
        *,
        parameters: Parameters = DEFAULT,
        max_bytes: int = 1_000_000_000,
        files: IndexFiles | None = None,
    ) -> None:
        self._chunks = chunks
        self._analyzer = analyzer
        self._parameters = parameters
        self._residents = Residents(max_bytes, Seat)
        self._files = files
        self._kernels = KernelSource()

    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        *,
        language: str,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        """Return the `limit` chunks of highest BM25 above 0, ties by document and ordinal."""
        terms = self._analyzer.terms(question, language)
        async with self._in_step(scope, manifest, language) as index:
            index.kernel = self._kernels.asked()
            phrases = await self._phrases(scope, index, question, language)
            return await _answer(
                index, lambda: index.search(index.understood(terms), limit, documents, phrases)
            )

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, question: str, *, language: str
    ) -> AllScores | None:
        """Return the BM25 of every chunk of a tenant in memory that is in step."""
        terms = self._analyzer.terms(question, language)
        if not self._at(scope, manifest, language):
            return None
        async with self._in_step(scope, manifest, language) as index:
            if index.generation != manifest.generation:
                return None
            index.kernel = self._kernels.asked()
            phrases = await self._phrases(scope, index, question, language)
            read = index.understood(terms)
            scores = await _answer(index, lambda: index.all_scores(read, manifest, phrases))
            return AllScores(scores)

    def _at(self, scope: TenantScope, manifest: Manifest, language: str) -> bool:
        """Tell whether a tenant is in memory at a generation, analysed as now."""
        index = self._residents.seat(scope.tenant_uid).index
        return (
            index is not None
            and index.generation == manifest.generation
            and index.analysis == self._analyzer.fingerprint(language)
        )

    async def score(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        chunks: Sequence[ChunkId],
        *,
        language: str,
    ) -> Sequence[float | None]:
        """Return the BM25 of each chunk, None for one that is not active."""
        terms = self._analyzer.terms(question, language)
        async with self._in_step(scope, manifest, language) as index:
            phrases = await self._phrases(scope, index, question, language)
            return await _answer(
                index, lambda: index.score(index.understood(terms), chunks, phrases)
            )

    async def explain(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        chunks: Sequence[ChunkId],
        *,
        language: str,
    ) -> Contributions:
        """Return what each term of the question adds, one entry for each time it stands there."""
        terms = self._analyzer.terms(question, language)
        async with self._in_step(scope, manifest, language) as index:
            phrases = await self._phrases(scope, index, question, language)
            return index.explain(index.understood(terms), chunks, phrases)

    async def statistics(
        self, scope: TenantScope, manifest: Manifest, text: str, *, language: str
    ) -> TermStatistics:
        """Return how many active chunks there are and how many of them hold each term of a text."""
        terms = self._analyzer.terms(text, language)
        async with self._in_step(scope, manifest, language) as index:
            return index.statistics(terms)

    async def count(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Count the chunks of a document that this process holds postings of."""
        seat = self._residents.known(scope.tenant_uid)
        return seat.index.count(document_id) if seat and seat.index else 0

    async def forget(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Remove the postings of a document; manifests that still name it are stale from now."""
        seat = self._residents.seat(scope.tenant_uid)
        seat.forgotten.add(document_id)
        if self._files:
            await self._files.forget(scope.tenant_uid, document_id)
        async with seat.lock:
            seat.forgotten.add(document_id)
            for key in [key for key in seat.loaded if key[0] == document_id]:
                del seat.loaded[key]
            if seat.index is None:
                return 0
            seat.index.saved = False
            held = seat.index.count(document_id)
            await _change(seat.index, seat.index.generation, [document_id], {})
            return held

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant."""
        self._residents.leave(scope.tenant_uid)
        if self._files:
            await self._files.remove(scope.tenant_uid)

    @asynccontextmanager
    async def _in_step(
        self, scope: TenantScope, manifest: Manifest, language: str
    ) -> AsyncIterator[TenantIndex]:
        """Hold the tenant's index, at the manifest's generation or a newer one."""
        seat = self._residents.seat(scope.tenant_uid)
        async with seat.lock:
            if any(document_id in manifest.entries for document_id in seat.forgotten):
                raise StaleWriteError("A document was deleted meanwhile.")
            index = await self._index(scope, seat, language)
            if index.generation < manifest.generation:
                await self._advance(scope, seat, index, manifest, language)
                self._residents.weigh(scope.tenant_uid, index.nbytes)
            self._keep(scope, seat)
            yield index

    async def _index(self, scope: TenantScope, seat: Seat, language: str) -> TenantIndex:
        """Return the index of a language's analysis: the present one, the kept, or an empty one."""
        analysis = self._analyzer.fingerprint(language)
        if seat.analysis != analysis:
            seat.analysis = analysis
            seat.loaded.clear()
        if seat.index is not None and seat.index.analysis == analysis:
            return seat.index
        index = TenantIndex(self._parameters, analysis)
        kept = await self._files.load(scope.tenant_uid, analysis) if self._files else None
        if kept is not None:
            index.restore(kept)
        return index

    async def _phrases(
        self, scope: TenantScope, index: TenantIndex, question: str, language: str
    ) -> Sequence[Phrase]:
        """Return the quoted phrases, each with the chunks that hold it; Okapi knows none."""
        if self._parameters.epsilon is not None:
            return ()
        found: list[Phrase] = []
        for text in quoted_phrases(question)[:MOST_PHRASES]:
            known = index.phrases.get(text)
            if known is None:
                rows, chunks = index.to_read(self._analyzer.terms(text, language))
                held = await self._chunks.get(scope, chunks) if chunks else ()
                known = index.remember(phrase(text, rows, held))
            found.append(known)
        return found

    async def _advance(
        self, scope: TenantScope, seat: Seat, index: TenantIndex, manifest: Manifest, language: str
    ) -> None:
        """Read what changed, then switch whole; cancelled half-way, nothing has changed."""
        entries, dropped = manifest.difference(index.revisions)
        wanted = {(entry.document_id, entry.revision): entry for entry in entries}
        for key in seat.loaded.keys() - wanted.keys():
            del seat.loaded[key]
        for key, entry in wanted.items():
            if key not in seat.loaded:
                seat.loaded[key] = await self._load(scope, entry, language)
        loaded = {key: seat.loaded[key] for key in wanted}
        if index is not seat.index:
            index.saved = bool(index.revisions) and not (loaded or dropped)
        await _change(index, manifest.generation, dropped, loaded)
        seat.index = index
        seat.loaded.clear()
        seat.forgotten.clear()

    def _keep(self, scope: TenantScope, seat: Seat) -> None:
        """Have the postings kept beside the searches, unless they are or lately were."""
        index, files, now = seat.index, self._files, time.monotonic()
        if files is None or index is None or index.saved or not index.revisions:
            return
        if now - seat.kept_at >= files.seconds_between_saves:
            seat.kept_at = now
            index.saved = True
            files.save_soon(scope.tenant_uid, index.to_save())

    async def _load(
        self, scope: TenantScope, entry: ManifestEntry, language: str
    ) -> Sequence[ChunkTerms]:
        """Read and analyse a revision. Raises `StaleWriteError` if some of it is gone."""
        chunks = await self._chunks.of_revision(scope, entry.document_id, entry.revision)
        if len(chunks) != entry.total_chunks:
            raise StaleWriteError("The chunks of a revision are gone.")
        if sum(len(chunk.text) for chunk in chunks) <= MAX_CHARACTERS_INLINE:
            return self._analysed(chunks, language)
        return await asyncio.to_thread(self._analysed, chunks, language)

    def _analysed(self, chunks: Sequence[Chunk], language: str) -> Sequence[ChunkTerms]:
        terms = self._analyzer.terms
        return [chunk_terms(c.chunk_id, terms(c.indexed_text, language)) for c in chunks]


async def _change(
    index: TenantIndex,
    generation: int,
    dropped: Sequence[DocumentId],
    loaded: Loaded,
) -> None:
    """Apply a small change here, a large one by an index made beside the event loop."""
    small = index.takes_in_place(dropped, loaded)
    rebuilt = None if small else await asyncio.to_thread(index.rebuilt, dropped, loaded)
    index.apply(generation, dropped, loaded, rebuilt)


async def _answer(index: TenantIndex, work: Callable[[], Answer]) -> Answer:
    """Do the work here when it is short, else beside the event loop.

    Cancelled, it still waits for its thread: the next search may change what that reads.
    """
    if index.total_rows <= MAX_ROWS_INLINE:
        return work()
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(thread)
    finally:
        await asyncio.wait([thread])
