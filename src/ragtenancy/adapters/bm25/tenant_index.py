"""One tenant's inverted index, kept in step with a manifest."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, groupby

import numpy as np
from msgspec import Struct

from ragtenancy.adapters.bm25.chunk_rows import (
    NO_ROWS,
    ChunkRows,
    DocumentRows,
    DocumentSpan,
    Rows,
)
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.comparable import comparable
from ragtenancy.domain.edit_distance import is_word, nearest
from ragtenancy.domain.hits import Contributions, LegHits, TermContribution
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision, chunk_ids
from ragtenancy.domain.manifest import Manifest
from ragtenancy.engines.lexical.bm25 import Kernel, Parameters
from ragtenancy.engines.lexical.index_file import StoredIndex
from ragtenancy.engines.lexical.inverted_index import InvertedIndex, Scores
from ragtenancy.engines.lexical.postings import TermCounts
from ragtenancy.engines.top_k import preselect_positive

Loaded = Mapping[tuple[DocumentId, Revision], Sequence[TermCounts]]
MAX_IN_PLACE = 64
CACHED_WORDS = 1_024
CACHED_PHRASES = 1_024
MAX_PHRASE_CHUNKS = 500
NONE_FOUND = np.empty(0, np.intp)


class Phrase(Struct, frozen=True):
    """A quoted phrase: its text as quoted, and its frequency in each row that contains it."""

    text: str
    frequencies: Mapping[int, int]


class Rebuilt(Struct, frozen=True):
    """The postings after a change, and the chunks of their rows."""

    index: InvertedIndex
    rows: ChunkRows


class TenantIndex:
    """The postings of a tenant's active documents at one generation, by one text analysis.

    `saved` states whether the file on disk, or a pending save, holds these postings except for
    small changes.
    """

    def __init__(self, parameters: Parameters, analysis: Fingerprint) -> None:
        self.analysis = analysis
        self.generation = -1
        self.saved = False
        self.revisions: dict[DocumentId, Revision] = {}
        self.kernel: Kernel | None = None
        self.phrases: dict[str, Phrase] = {}
        self._totals: dict[DocumentId, int] = {}
        self._rows = ChunkRows(NO_ROWS)
        self._index = InvertedIndex(parameters, row_order=self._rows.alive_by_chunk)
        self._order: tuple[Manifest, Rows | None] | None = None
        self._corrections: dict[str, str] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, estimated."""
        return self._index.nbytes + 180 * len(self._rows)

    @property
    def total_rows(self) -> int:
        """Rows that a search reads."""
        return len(self._rows)

    def count(self, document_id: DocumentId) -> int:
        """Count a document's chunks."""
        return self._totals.get(document_id, 0)

    def restore(self, stored: StoredIndex) -> None:
        """Start from a stored index; its generation is unknown until the next `apply`."""
        spans = [(DocumentId(d), Revision(r), total) for d, r, total in stored.spans]
        self._rows = ChunkRows(DocumentRows(spans))
        self._index = InvertedIndex(
            self._index.parameters, stored.snapshot, row_order=self._rows.alive_by_chunk
        )
        for document_id, revision, total in spans:
            self.revisions[document_id] = revision
            self._totals[document_id] = total

    def to_save(self) -> Callable[[], StoredIndex]:
        """Return a function that makes the index to store, as it is now, in any thread."""
        index, rows, revisions = self._index.frozen(), self._rows.copy(), dict(self.revisions)

        def make() -> StoredIndex:
            names = rows.names(rows.alive())
            # A document's rows are contiguous and in the order of its chunks.
            by_document = groupby(names, lambda name: DocumentId(name.partition("#")[0]))
            totals = {document: len(list(chunks)) for document, chunks in by_document}
            empty = dict.fromkeys(revisions.keys() - totals.keys(), 0)
            return StoredIndex(
                analysis=self.analysis,
                spans=[(d, revisions[d], total) for d, total in (totals | empty).items()],
                snapshot=index.snapshot(),
            )

        return make

    def fits_in_place(self, dropped: Sequence[DocumentId], loaded: Loaded) -> bool:
        """Return whether a change is small enough to apply row by row."""
        changed = sum(map(self.count, dropped)) + sum(map(len, loaded.values()))
        return changed <= MAX_IN_PLACE and not self._index.needs_merge

    def rebuilt(self, dropped: Sequence[DocumentId], loaded: Loaded) -> Rebuilt:
        """Return the postings after a change, for `apply`; only reads, in any thread."""
        without = [self._rows.row(chunk) for chunk in self._chunks_of(dropped)]
        gone = {*self._rows.tombstones, *without}
        kept = self._rows.names([row for row in range(len(self._rows)) if row not in gone])
        rows = ChunkRows(NO_ROWS, [*kept, *_chunk_ids_of(loaded)])
        added = list(chain.from_iterable(loaded.values()))
        index = self._index.merged(without=without, added=added, row_order=rows.alive_by_chunk)
        return Rebuilt(index, rows)

    def apply(
        self,
        generation: int,
        dropped: Sequence[DocumentId],
        loaded: Loaded,
        rebuilt: Rebuilt | None = None,
    ) -> None:
        """Move to a generation: drop documents, then add the loaded ones."""
        self._order = None
        self._corrections.clear()
        self.phrases.clear()
        if rebuilt is None:
            for chunk in self._chunks_of(dropped):
                self._index.remove(self._rows.remove(chunk))
            for chunk, terms in zip(_chunk_ids_of(loaded), chain(*loaded.values()), strict=True):
                self._rows.add(chunk)
                self._index.add(terms)
        else:
            self._rows, self._index = rebuilt.rows, rebuilt.index
        for document_id in dropped:
            self.revisions.pop(document_id, None)
            self._totals.pop(document_id, None)
        for (document_id, revision), chunks in loaded.items():
            self.revisions[document_id] = revision
            self._totals[document_id] = len(chunks)
        self.generation = generation

    def corrected(self, terms: Sequence[str]) -> Sequence[str]:
        """Return the terms; an unknown word becomes the most frequent known one an edit away.

        Okapi's terms stay as they are: that variant equals `rank_bm25` to the bit.
        """
        if self._index.parameters.epsilon is not None:
            return terms
        return tuple(map(self._corrected, terms))

    def phrase_chunks(self, terms: Sequence[str]) -> tuple[Rows, list[ChunkId]]:
        """Return the rows, and their chunks, that contain all terms of a phrase.

        None when there are too many to read.
        """
        rows = self._index.conjunction(terms)
        if len(rows) > MAX_PHRASE_CHUNKS:
            rows = NONE_FOUND
        return rows, self._rows.names(rows.tolist())

    def add_phrase(self, text: str, rows: Rows, chunks: Sequence[Chunk | None]) -> Phrase:
        """Count a phrase in chunks, ignoring case and spacing; cache it until a change."""
        words = r"\s+".join(map(re.escape, _folded(text).split()))
        pattern = re.compile(rf"(?<!\w){words}(?!\w)")
        counts = [len(pattern.findall(_folded(c.indexed_text))) if c else 0 for c in chunks]
        pairs = zip(rows.tolist(), counts, strict=True)
        if len(self.phrases) >= CACHED_PHRASES:
            self.phrases.clear()
        phrase = self.phrases[text] = Phrase(text, {row: count for row, count in pairs if count})
        return phrase

    def search(
        self,
        terms: Sequence[str],
        limit: int,
        documents: Collection[DocumentId] | None,
        phrases: Sequence[Phrase] = (),
    ) -> LegHits:
        """Return the chunks of highest BM25 above 0; ids are compared only between equal scores."""
        scores = self._scores(terms, phrases)
        if documents is not None:
            mask = np.zeros(self.total_rows, bool)
            mask[self._rows.of(self._spans(documents))] = True
            scores = np.where(mask, scores, -np.inf)
        rows = preselect_positive(scores, limit) if limit > 0 else NONE_FOUND
        if not len(rows):
            best = float(scores.max(initial=-np.inf))
            return LegHits(generation=self.generation, best=best if best > -np.inf else 0.0)
        found = scores[rows]
        order = np.argsort(-found)
        descending = found[order]
        if (descending[:-1] == descending[1:]).any():
            names = self._rows.names(rows.tolist())
            return LegHits.highest(self.generation, names, found.tolist(), limit=limit)
        return LegHits(
            generation=self.generation,
            chunk_ids=self._rows.names(rows[order[:limit]].tolist()),
            scores=descending[:limit].tolist(),
            best=float(descending[0]),
        )

    def all_scores(
        self, terms: Sequence[str], manifest: Manifest, phrases: Sequence[Phrase] = ()
    ) -> Scores:
        """Return BM25 by chunk, in the order of a manifest of the index's generation."""
        if self._order is None or self._order[0] is not manifest:
            rows = self._rows.of(self._spans(manifest.entries))
            same = np.array_equal(rows, np.arange(self.total_rows))
            self._order = (manifest, None if same else rows)
        scores = self._scores(terms, phrases)
        rows_in_order = self._order[1]
        return scores.copy() if rows_in_order is None else scores[rows_in_order]

    def score(
        self, terms: Sequence[str], chunks: Sequence[ChunkId], phrases: Sequence[Phrase] = ()
    ) -> list[float | None]:
        """Return the BM25 of each chunk, None for an absent one."""
        rows = np.array(list(map(self._rows.row, chunks)), np.int64)
        scores = self._scores(terms, phrases)
        found = scores[rows].tolist() if len(rows) else []
        return [None if row < 0 else score for row, score in zip(rows, found, strict=True)]

    def explain(
        self, terms: Sequence[str], chunks: Sequence[ChunkId], phrases: Sequence[Phrase] = ()
    ) -> Contributions:
        """Return what each term, then each phrase, adds to each present chunk."""
        found: dict[ChunkId, Sequence[TermContribution]] = {}
        for chunk in chunks:
            row = self._rows.row(chunk)
            if row < 0:
                continue
            held = dict(zip(*(part.tolist() for part in self._index.row(row)), strict=True))
            known = [(term, *self._index.term(term)) for term in terms]
            counts = [
                (term, held.get(term_id, 0), containing) for term, term_id, containing in known
            ]
            counts += [
                (f'"{p.text}"', p.frequencies.get(row, 0), len(p.frequencies)) for p in phrases
            ]
            found[chunk] = [self._contribution(row, *each) for each in counts]
        return found

    def statistics(self, terms: Sequence[str]) -> TermStatistics:
        """Return the number of active chunks and the document frequency of each term."""
        frequency = {term: self._index.term(term)[1] for term in terms}
        return TermStatistics(chunks=self._rows.total, frequency=frequency)

    def _scores(self, terms: Sequence[str], phrases: Sequence[Phrase]) -> Scores:
        """Return BM25 by row; a phrase counts as one more term."""
        scores = self._index.scores(terms, kernel=self.kernel)
        if phrases:
            scores = scores.copy()
        for phrase in phrases:
            containing = len(phrase.frequencies)
            for row, frequency in phrase.frequencies.items():
                scores[row] += self._index.impact(
                    row, frequency=frequency, document_frequency=containing
                )
        return scores

    def _contribution(
        self, row: int, term: str, frequency: int, document_frequency: int
    ) -> TermContribution:
        return TermContribution(
            term=term,
            frequency=frequency,
            document_frequency=document_frequency,
            idf=self._index.idf(document_frequency) if document_frequency else 0.0,
            contribution=self._index.impact(
                row, frequency=frequency, document_frequency=document_frequency
            ),
        )

    def _corrected(self, term: str) -> str:
        if self._index.term(term)[1] or not is_word(term):
            return term
        corrected = self._corrections.get(term)
        if corrected is None:
            similar = self._index.vocabulary.similar(term)
            corrected = nearest(term, similar, lambda other: self._index.term(other)[1])
            if len(self._corrections) >= CACHED_WORDS:
                self._corrections.clear()
            self._corrections[term] = corrected
        return corrected

    def _spans(self, documents: Collection[DocumentId]) -> list[DocumentSpan]:
        active = self.revisions
        return [(d, active[d], self._totals[d]) for d in documents if d in active]

    def _chunks_of(self, documents: Collection[DocumentId]) -> list[ChunkId]:
        return [chunk for span in self._spans(documents) for chunk in chunk_ids(*span)]


def _folded(text: str) -> str:
    return comparable(text).casefold()


def _chunk_ids_of(loaded: Loaded) -> list[ChunkId]:
    """Return the ids of loaded chunks: the ordinals of a revision count from 0."""
    return [chunk for key, chunks in loaded.items() for chunk in chunk_ids(*key, len(chunks))]
