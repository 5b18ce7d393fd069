"""One tenant's inverted index, in step with a manifest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.bm25.chunk_rows import Held, Rows
from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms
from ragtenancy.adapters.bm25.contributions import contributions
from ragtenancy.adapters.bm25.highest import highest_rows
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex, Scores
from ragtenancy.adapters.bm25.kernel import Kernel
from ragtenancy.adapters.bm25.phrases import (
    Phrase,
    phrase_contribution,
    rows_to_read,
    with_phrases,
)
from ragtenancy.adapters.bm25.phrases import Rows as PhraseRows
from ragtenancy.adapters.bm25.saved_index import SavedIndex, saved
from ragtenancy.adapters.bm25.settling import merged, settled
from ragtenancy.adapters.bm25.weights import Parameters
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.edit_distance import is_word, nearest
from ragtenancy.domain.hits import Contributions, LegHits, TermContribution
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, chunk_ids
from ragtenancy.domain.manifest import Manifest

Loaded = Mapping[tuple[DocumentId, Revision], Sequence[ChunkTerms]]
Found = tuple[npt.NDArray[np.int64], Scores, float]
MAX_IN_PLACE = 64
MOST_KEPT = 1_024
NO_ROWS = np.empty(0, np.int64)


class TenantIndex:
    """The postings of the documents at one generation, of one analysis of text.

    `saved` tells whether what is kept on disk, or is about to be, is these postings but for
    small changes.
    """

    def __init__(self, parameters: Parameters, analysis: Fingerprint) -> None:
        self.analysis = analysis
        self.generation = -1
        self.saved = False
        self.revisions: dict[DocumentId, Revision] = {}
        self.kernel: Kernel | None = None
        self._totals: dict[DocumentId, int] = {}
        self._index = InvertedIndex(parameters)
        self._order: tuple[Manifest, Rows | None] | None = None
        self._read_as: dict[str, str] = {}
        self.phrases: dict[str, Phrase] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, roughly."""
        return self._index.nbytes

    @property
    def total_rows(self) -> int:
        """Rows that a search reads."""
        return len(self._index.rows)

    def count(self, document_id: DocumentId) -> int:
        """Count a document's chunks."""
        return self._totals.get(document_id, 0)

    def restore(self, kept: SavedIndex) -> None:
        """Start from what was kept; of no generation until the next `apply`."""
        self._index = InvertedIndex(self._index.parameters, kept.settled)
        for document_id, revision, total in kept.documents:
            self.revisions[document_id] = revision
            self._totals[document_id] = total

    def to_save(self) -> Callable[[], SavedIndex]:
        """Return what makes what to keep, to be called in any thread."""
        frozen, revisions = self._index.frozen(), dict(self.revisions)
        return lambda: saved(self.analysis, revisions, merged(frozen))

    def takes_in_place(self, dropped: Sequence[DocumentId], loaded: Loaded) -> bool:
        """Tell whether a change is small enough to be made row by row."""
        changed = sum(map(self.count, dropped)) + sum(map(len, loaded.values()))
        return changed <= MAX_IN_PLACE and not self._index.unsettled

    def rebuilt(self, dropped: Sequence[DocumentId], loaded: Loaded) -> InvertedIndex:
        """Return the postings after a change, for `apply`; reads only, in any thread."""
        added = list(chain.from_iterable(loaded.values()))
        return settled(self._index, without=self._chunks_of(dropped), added=added)

    def apply(
        self,
        generation: int,
        dropped: Sequence[DocumentId],
        loaded: Loaded,
        rebuilt: InvertedIndex | None = None,
    ) -> None:
        """Move to a generation: drop documents, then take the loaded ones; at once."""
        self._order = None
        self._read_as.clear()
        self.phrases.clear()
        if rebuilt is None:
            for chunk_id in self._chunks_of(dropped):
                self._index.remove(chunk_id)
            for chunk in chain.from_iterable(loaded.values()):
                self._index.add(chunk)
        else:
            self._index = rebuilt
        for document_id in dropped:
            self.revisions.pop(document_id, None)
            self._totals.pop(document_id, None)
        for (document_id, revision), chunks in loaded.items():
            self.revisions[document_id] = revision
            self._totals[document_id] = len(chunks)
        self.generation = generation

    def understood(self, terms: Sequence[str]) -> Sequence[str]:
        """Return the terms, those that no chunk holds as a term one letter away.

        Okapi's are left as they are: it is `rank_bm25` to the bit.
        """
        if self._index.parameters.epsilon is not None:
            return terms
        return tuple(map(self._understood, terms))

    def remember(self, phrase: Phrase) -> Phrase:
        """Keep a phrase until the next change, or until many others came."""
        if len(self.phrases) >= MOST_KEPT:
            self.phrases.clear()
        self.phrases[phrase.text] = phrase
        return phrase

    def to_read(self, terms: Sequence[str]) -> tuple[PhraseRows, list[ChunkId]]:
        """Return the rows and chunks that may hold a phrase of these terms."""
        rows = rows_to_read(self._index, terms)
        return rows, self._index.rows.names(rows.tolist())

    def search(
        self,
        terms: Sequence[str],
        limit: int,
        documents: Collection[DocumentId] | None,
        phrases: Sequence[Phrase] = (),
    ) -> LegHits:
        """Return the chunks of highest BM25 above 0."""
        rows, scores, best = self._scanned(terms, limit, documents, phrases)
        if not len(rows):
            return LegHits(generation=self.generation, best=best)
        return self._hits(rows, scores, limit)

    def _hits(self, rows: npt.NDArray[np.int64], scores: Scores, limit: int) -> LegHits:
        """Return the best of some rows; ids are compared only where scores are equal."""
        order = np.argsort(-scores)
        sorted_scores = scores[order]
        if (sorted_scores[:-1] == sorted_scores[1:]).any():
            names = self._index.rows.names(rows.tolist())
            return LegHits.highest(self.generation, names, scores.tolist(), limit=limit)
        return LegHits(
            generation=self.generation,
            chunk_ids=self._index.rows.names(rows[order[:limit]].tolist()),
            scores=sorted_scores[:limit].tolist(),
            best=float(sorted_scores[0]),
        )

    def _scanned(
        self,
        terms: Sequence[str],
        limit: int,
        documents: Collection[DocumentId] | None,
        phrases: Sequence[Phrase],
    ) -> Found:
        """Return some rows, the best above 0 among them, their scores; and the best if none is."""
        scores = self._index.scores(terms, kernel=self.kernel)
        if phrases:
            scores = with_phrases(self._index, scores, phrases)
        if documents is not None:
            scores = np.where(self._mask(documents), scores, -np.inf)
        rows = highest_rows(scores, limit) if limit > 0 else NO_ROWS
        if len(rows):
            return rows, scores[rows], 0.0
        best = float(scores.max(initial=-np.inf))
        return rows, scores[rows], best if best > -np.inf else 0.0

    def all_scores(
        self, terms: Sequence[str], manifest: Manifest, phrases: Sequence[Phrase] = ()
    ) -> Scores:
        """Return the BM25 of each chunk of the manifest that the index is in step with."""
        if self._order is None or self._order[0] is not manifest:
            rows = self._index.rows.of(self._held(manifest.entries))
            same = np.array_equal(rows, np.arange(self.total_rows))
            self._order = (manifest, None if same else rows)
        scores = self._index.scores(terms, kernel=self.kernel)
        if phrases:
            scores = with_phrases(self._index, scores, phrases)
        rows_in_order = self._order[1]
        return scores.copy() if rows_in_order is None else scores[rows_in_order]

    def score(
        self, terms: Sequence[str], chunks: Sequence[ChunkId], phrases: Sequence[Phrase] = ()
    ) -> list[float | None]:
        """Return the BM25 of each chunk."""
        rows = np.array(list(map(self._index.rows.row, chunks)), np.int64)
        scores = self._index.scores(terms, kernel=self.kernel)
        if phrases:
            scores = with_phrases(self._index, scores, phrases)
        found = scores[rows].tolist() if len(rows) else []
        return [None if row < 0 else score for row, score in zip(rows, found, strict=True)]

    def explain(
        self, terms: Sequence[str], chunks: Sequence[ChunkId], phrases: Sequence[Phrase] = ()
    ) -> Contributions:
        """Return what each term, then each phrase, adds to each active chunk."""
        found: dict[ChunkId, Sequence[TermContribution]] = {}
        for chunk_id in chunks:
            row = self._index.rows.row(chunk_id)
            if row >= 0:
                added = [phrase_contribution(self._index, each, row) for each in phrases]
                found[chunk_id] = [*contributions(self._index, terms, chunk_id), *added]
        return found

    def statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Return the number of active chunks and of those that hold each term."""
        frequency = {term: self._index.term(term)[1] for term in terms}
        return TermStatistics(chunks=self._index.rows.total, frequency=frequency)

    def _chunks_of(self, documents: Collection[DocumentId]) -> list[ChunkId]:
        """Return the chunks of documents: a revision's ordinals count from 0."""
        return [chunk for held in self._held(documents) for chunk in chunk_ids(*held)]

    def _understood(self, term: str) -> str:
        if self._index.term(term)[1] or not is_word(term):
            return term
        read = self._read_as.get(term)
        if read is None:
            others = self._index.vocabulary.alike(term)
            read = nearest(term, others, lambda other: self._index.term(other)[1])
            if len(self._read_as) >= MOST_KEPT:
                self._read_as.clear()
            self._read_as[term] = read
        return read

    def _held(self, documents: Collection[DocumentId]) -> list[Held]:
        held = self.revisions
        return [(d, held[d], self._totals[d]) for d in documents if d in held]

    def _mask(self, documents: Collection[DocumentId]) -> npt.NDArray[np.bool_]:
        mask = np.zeros(self.total_rows, bool)
        mask[self._index.rows.of(self._held(documents))] = True
        return mask
