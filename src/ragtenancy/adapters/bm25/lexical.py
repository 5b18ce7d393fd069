"""The lexical leg: BM25 over each tenant's in-process inverted index."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from ragtenancy.adapters.bm25.index_files import IndexFiles
from ragtenancy.adapters.bm25.tenant_index import Loaded, Phrase, TenantIndex
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import Contributions, LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, TenantUid
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import quoted_phrases
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.engines.lexical.bm25 import DEFAULT, KernelLoader, Parameters
from ragtenancy.engines.lexical.postings import TermCounts, count_terms
from ragtenancy.lru_cache import SizedLruCache
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.lexical import LexicalIndex

MAX_CHARACTERS_INLINE = 20_000
MAX_ROWS_INLINE = 100_000
LONG_QUESTION = 1_000  # characters, which a thread analyses
MAX_PHRASES = 4
Answer = TypeVar("Answer")


class Seat:
    """A tenant's place in memory: its index, and the documents analysed for the next change.

    The lock guards the index, for readers too. A cancelled search leaves its analysed documents
    in `loaded`, from which the next one continues. `deleted` are documents that no manifest may
    name any more.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.index: TenantIndex | None = None
        self.analysis: Fingerprint | None = None
        self.loaded: dict[tuple[DocumentId, Revision], Sequence[TermCounts]] = {}
        self.saved_at = -math.inf
        self.deleted: set[DocumentId] = set()


class Bm25Index(LexicalIndex):
    """An inverted index per tenant in this process, updated to the manifest of each question.

    A quoted phrase counts as one more term of the chunks that contain it, ignoring case and
    spacing. An unknown word of a question is corrected to the most frequent known one an edit
    away.

    Every method but `count` raises `StaleWriteError` when the manifest names deleted chunks: read
    it again. `max_bytes` bounds the memory of all tenants; the least recently used are evicted and
    rebuilt: from `files`, which hold the postings as of the last save and no deleted document,
    else from the chunk store.
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
        self._max_bytes = max_bytes
        self._seats: SizedLruCache[TenantUid, Seat] = SizedLruCache(max_bytes, Seat)
        self._files = files
        self._kernels = KernelLoader()

    def detached(self) -> Bm25Index:
        """Return an empty index over the same chunks, without files."""
        return Bm25Index(
            self._chunks, self._analyzer, parameters=self._parameters, max_bytes=self._max_bytes
        )

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
        """Return the `limit` chunks with the highest BM25 above 0, ties by document and ordinal."""
        terms = await self._terms(question, language)
        async with self._in_step(scope, manifest, language) as index:
            index.kernel = self._kernels.count_query()
            phrases = await self._phrases(scope, index, question, language)
            return await _answer(
                index, lambda: index.search(index.corrected(terms), limit, documents, phrases)
            )

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, question: str, *, language: str
    ) -> AllScores | None:
        """Return the BM25 of every chunk, for a tenant in memory at the manifest's generation."""
        terms = await self._terms(question, language)
        if not self._at(scope, manifest, language):
            return None
        async with self._in_step(scope, manifest, language) as index:
            if index.generation != manifest.generation:
                return None
            index.kernel = self._kernels.count_query()
            phrases = await self._phrases(scope, index, question, language)
            corrected = index.corrected(terms)
            scores = await _answer(index, lambda: index.all_scores(corrected, manifest, phrases))
            return AllScores(scores)

    async def _terms(self, question: str, language: str) -> Sequence[str]:
        """Return a question's terms, analysed in a thread if it is long."""
        if len(question) <= LONG_QUESTION:
            return self._analyzer.terms(question, language)
        return await asyncio.to_thread(self._analyzer.terms, question, language)

    def _at(self, scope: TenantScope, manifest: Manifest, language: str) -> bool:
        """Return whether a tenant is in memory, at a generation and by the present analysis."""
        index = self._seats.get(scope.tenant_uid).index
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
        terms = await self._terms(question, language)
        async with self._in_step(scope, manifest, language) as index:
            phrases = await self._phrases(scope, index, question, language)
            return await _answer(
                index, lambda: index.score(index.corrected(terms), chunks, phrases)
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
        """Return what each term of the question adds, one entry per occurrence."""
        terms = await self._terms(question, language)
        async with self._in_step(scope, manifest, language) as index:
            phrases = await self._phrases(scope, index, question, language)
            return index.explain(index.corrected(terms), chunks, phrases)

    async def statistics(
        self, scope: TenantScope, manifest: Manifest, text: str, *, language: str
    ) -> TermStatistics:
        """Return the number of active chunks and the document frequency of each term of a text."""
        terms = await self._terms(text, language)
        async with self._in_step(scope, manifest, language) as index:
            return index.statistics(terms)

    async def count(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Count the chunks of a document whose postings are in this process."""
        seat = self._seats.peek(scope.tenant_uid)
        return seat.index.count(document_id) if seat and seat.index else 0

    async def forget(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Remove the postings of a document; manifests that name it are stale from now on."""
        seat = self._seats.get(scope.tenant_uid)
        seat.deleted.add(document_id)
        if self._files:
            await self._files.forget(scope.tenant_uid, document_id)
        async with seat.lock:
            seat.deleted.add(document_id)
            for key in [key for key in seat.loaded if key[0] == document_id]:
                del seat.loaded[key]
            if seat.index is None:
                return 0
            seat.index.saved = False
            removed = seat.index.count(document_id)
            await _change(seat.index, seat.index.generation, [document_id], {})
            return removed

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant."""
        self._seats.evict(scope.tenant_uid)
        if self._files:
            await self._files.remove(scope.tenant_uid)

    @asynccontextmanager
    async def _in_step(
        self, scope: TenantScope, manifest: Manifest, language: str
    ) -> AsyncIterator[TenantIndex]:
        """Lock the tenant's index, at the manifest's generation or a newer one."""
        seat = self._seats.get(scope.tenant_uid)
        async with seat.lock:
            if any(document_id in manifest.entries for document_id in seat.deleted):
                raise StaleWriteError("A document was deleted during the search.")
            index = await self._index(scope, seat, language)
            if index.generation < manifest.generation:
                await self._advance(scope, seat, index, manifest, language)
                self._seats.resize(scope.tenant_uid, index.nbytes)
            self._save_when_due(scope, seat)
            yield index

    async def _index(self, scope: TenantScope, seat: Seat, language: str) -> TenantIndex:
        """Return the index of a language's analysis: the present one, the saved one, or an empty one."""
        analysis = self._analyzer.fingerprint(language)
        if seat.analysis != analysis:
            seat.analysis = analysis
            seat.loaded.clear()
        if seat.index is not None and seat.index.analysis == analysis:
            return seat.index
        index = TenantIndex(self._parameters, analysis)
        stored = await self._files.load(scope.tenant_uid, analysis) if self._files else None
        if stored is not None:
            index.restore(stored)
        return index

    async def _phrases(
        self, scope: TenantScope, index: TenantIndex, question: str, language: str
    ) -> Sequence[Phrase]:
        """Return the quoted phrases with the chunks that contain them; Okapi knows none."""
        if self._parameters.epsilon is not None:
            return ()
        found: list[Phrase] = []
        for text in quoted_phrases(question)[:MAX_PHRASES]:
            known = index.phrases.get(text)
            if known is None:
                rows, chunk_ids = index.phrase_chunks(self._analyzer.terms(text, language))
                chunks = await self._chunks.get(scope, chunk_ids) if chunk_ids else ()
                known = index.add_phrase(text, rows, chunks)
            found.append(known)
        return found

    async def _advance(
        self, scope: TenantScope, seat: Seat, index: TenantIndex, manifest: Manifest, language: str
    ) -> None:
        """Load the changes, then switch at once; a cancelled call has changed nothing."""
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
        seat.deleted.clear()

    def _save_when_due(self, scope: TenantScope, seat: Seat) -> None:
        """Save changed postings in the background, unless the last save was a moment ago."""
        index, files, now = seat.index, self._files, time.monotonic()
        if files is None or index is None or index.saved or not index.revisions:
            return
        if now - seat.saved_at >= files.seconds_between_saves:
            seat.saved_at = now
            index.saved = True
            files.save_soon(scope.tenant_uid, index.to_save())

    async def _load(
        self, scope: TenantScope, entry: ManifestEntry, language: str
    ) -> Sequence[TermCounts]:
        """Read and analyse a revision. Raises `StaleWriteError` for missing chunks."""
        chunks = await self._chunks.of_revision(scope, entry.document_id, entry.revision)
        if len(chunks) != entry.total_chunks:
            raise StaleWriteError("The chunks of a document's version are missing.")
        if sum(len(chunk.text) for chunk in chunks) <= MAX_CHARACTERS_INLINE:
            return self._analysed(chunks, language)
        return await asyncio.to_thread(self._analysed, chunks, language)

    def _analysed(self, chunks: Sequence[Chunk], language: str) -> Sequence[TermCounts]:
        terms = self._analyzer.terms
        return [count_terms(terms(chunk.indexed_text, language)) for chunk in chunks]


async def _change(
    index: TenantIndex,
    generation: int,
    dropped: Sequence[DocumentId],
    loaded: Loaded,
) -> None:
    """Apply a small change in place, a large one by a merge in another thread."""
    small = index.fits_in_place(dropped, loaded)
    rebuilt = None if small else await asyncio.to_thread(index.rebuilt, dropped, loaded)
    index.apply(generation, dropped, loaded, rebuilt)


async def _answer(index: TenantIndex, work: Callable[[], Answer]) -> Answer:
    """Do short work here, longer work in another thread.

    A cancelled call waits for its thread: the next search may change what that reads.
    """
    if index.total_rows <= MAX_ROWS_INLINE:
        return work()
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(thread)
    finally:
        await asyncio.wait([thread])
