"""An inverted index over chunks with exact BM25 statistics after every change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms
from ragtenancy.adapters.bm25.column import Column
from ragtenancy.adapters.bm25.dense_impacts import DenseImpacts
from ragtenancy.adapters.bm25.segment import EMPTY, Forward, Frequencies, Ints, Segment
from ragtenancy.adapters.bm25.tail import Tail
from ragtenancy.adapters.bm25.weights import Parameters
from ragtenancy.domain.hits import TermContribution
from ragtenancy.domain.ids import ChunkId

Scores = npt.NDArray[np.float64]
KEPT_SCORES = 4
MIN_YOUNG = 4_096
MIN_DEAD = 64


class Settled(Struct, frozen=True, kw_only=True):
    """What an index starts from; row i of the segment is chunk i."""

    vocabulary: dict[str, int]
    chunk_ids: list[ChunkId]
    lengths: npt.NDArray[np.int64]
    segment: Segment


NOTHING = Settled(vocabulary={}, chunk_ids=[], lengths=np.empty(0, np.int64), segment=EMPTY)


class InvertedIndex:
    """Rows of chunks: a settled segment, a growing tail, and tombstones.

    Adding or removing a chunk touches its own postings alone; `settling.settled` merges tail
    and tombstones away, which `unsettled` asks for now and then. Not safe for threads that
    change it while others read.
    """

    def __init__(self, parameters: Parameters, settled: Settled = NOTHING) -> None:
        self.parameters = parameters
        self.vocabulary = dict(settled.vocabulary)
        self.chunk_ids = list(settled.chunk_ids)
        self.segment = settled.segment
        self.tail = Tail(settled.segment.total_rows)
        self.row_of = {chunk_id: row for row, chunk_id in enumerate(self.chunk_ids)}
        self.lengths: Column[np.int64] = Column(settled.lengths)
        self.holders: Column[np.int64] = Column(np.diff(settled.segment.term_starts))
        self._total_length = int(settled.lengths.sum())
        self._dead: list[int] = []
        self._norms: Scores | None = None
        self._floor: float | None = None
        self._recent: dict[tuple[str, ...], Scores] = {}
        self._dense = DenseImpacts()

    @property
    def unsettled(self) -> bool:
        """Whether tail and tombstones are worth merging away."""
        return self.tail.total_postings > max(MIN_YOUNG, len(self.segment.rows) // 8) or len(
            self._dead
        ) > max(MIN_DEAD, len(self.row_of) // 4)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, roughly."""
        strings = 130 * len(self.vocabulary) + 180 * len(self.chunk_ids)
        return (
            self.segment.nbytes + self._dense.rows.nbytes + 40 * self.tail.total_postings + strings
        )

    def add(self, chunk: ChunkTerms) -> None:
        """Add a chunk that is not there."""
        vocabulary = self.vocabulary
        terms = np.array(
            [vocabulary.setdefault(term, len(vocabulary)) for term in chunk.terms], np.int32
        )
        self.holders.extend([0] * (len(vocabulary) - len(self.holders.view)))
        self.holders.view[terms] += 1
        self.tail.add(terms, chunk.frequencies)
        self.row_of[chunk.chunk_id] = len(self.chunk_ids)
        self.chunk_ids.append(chunk.chunk_id)
        self.lengths.extend([chunk.length])
        self._total_length += chunk.length
        self._changed()

    def remove(self, chunk_id: ChunkId) -> None:
        """Remove a chunk that is there."""
        row = self.row_of.pop(chunk_id)
        self.holders.view[self.row(row)[0]] -= 1
        self._total_length -= int(self.lengths.view[row])
        self._dead.append(row)
        self._changed()

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the distinct terms of a row and how often it holds each."""
        part = self.segment if row < self.segment.total_rows else self.tail
        return part.row(row)

    def scores(self, terms: Sequence[str]) -> Scores:
        """Return BM25 by row, -inf for tombstones; kept for the last few questions.

        The array is the index's own and changes with a later question: read it at once.
        """
        key = tuple(terms)
        scores = self._recent.get(key)
        if scores is None:
            scores = self._scores(key, self._blank())
            self._recent[key] = scores
        return scores

    def _blank(self) -> Scores:
        """Return zeros for every row, where the oldest kept scores were if there is no place."""
        if len(self._recent) < KEPT_SCORES:
            return np.zeros(len(self.chunk_ids))
        scores = self._recent.pop(next(iter(self._recent)))
        scores.fill(0.0)
        return scores

    def contributions(self, terms: Sequence[str], chunk_id: ChunkId) -> list[TermContribution]:
        """Return what each term of the question adds to a chunk that is there."""
        row = self.row_of[chunk_id]
        held, frequencies = self.row(row)
        counts = dict(zip(held.tolist(), frequencies.tolist(), strict=True))
        found = [self.vocabulary.get(term, -1) for term in terms]
        return [
            self._contribution(term, at, counts.get(at, 0), row)
            for term, at in zip(terms, found, strict=True)
        ]

    def _contribution(self, term: str, at: int, frequency: int, row: int) -> TermContribution:
        holders = int(self.holders.view[at]) if at >= 0 else 0
        idf = self._idf(holders) if holders else 0.0
        return TermContribution(
            term=term,
            frequency=frequency,
            document_frequency=holders,
            idf=idf,
            contribution=idf * self._share(frequency, row) if frequency else 0.0,
        )

    def _share(self, frequency: int, row: int) -> float:
        norm = float(self._lengths_norms()[row])
        return frequency * (self.parameters.k1 + 1) / (frequency + norm)

    def _scores(self, terms: Sequence[str], scores: Scores) -> Scores:
        """Add up in the order of the terms, one float64 addition a row and term."""
        for term in terms:
            at = self.vocabulary.get(term, -1)
            holders = int(self.holders.view[at]) if at >= 0 else 0
            if holders:
                self._add_term(scores, at, holders)
        if self._dead:
            scores[self._dead] = -np.inf
        return scores

    def _add_term(self, scores: Scores, term: int, holders: int) -> None:
        idf = self._idf(holders)
        slot = self._dense.slot(
            term, holders, len(scores), lambda row: self._add_postings(row, term, idf)
        )
        if slot >= 0:
            scores += self._dense.rows[slot, : len(scores)]
        else:
            self._add_postings(scores, term, idf)

    def _add_postings(self, scores: Scores, term: int, idf: float) -> None:
        """Add idf · f · (k1 + 1) / (f + norm), computed as `contributions` computes it."""
        norms = self._lengths_norms()
        for rows, frequencies in self._postings(term):
            added = frequencies.astype(np.float64)
            divisors = norms.take(rows)
            divisors += added
            added *= self.parameters.k1 + 1
            added /= divisors
            added *= idf
            np.add.at(scores, rows, added)

    def _postings(self, term: int) -> list[tuple[Ints, Frequencies]]:
        settled = self.segment.postings(term) if term < self.segment.total_terms else None
        return [part for part in (settled, self.tail.postings(term)) if part is not None]

    def _idf(self, holders: int) -> float:
        return self.parameters.idf(holders, len(self.row_of), self._idf_floor())

    def _idf_floor(self) -> float:
        if self.parameters.epsilon is None:
            return 0.0
        if self._floor is None:
            self._floor = self.parameters.floor(self._holders_in_order(), len(self.row_of))
        return self._floor

    def _holders_in_order(self) -> npt.NDArray[np.int64]:
        """Return the holders of each term, terms by first appearance, chunks by their ids."""
        rows = [self.row_of[chunk_id] for chunk_id in sorted(self.row_of)]
        terms = np.concatenate([EMPTY.row_terms, *(self.row(row)[0] for row in rows)])
        distinct, first = np.unique(terms, return_index=True)
        ordered: npt.NDArray[np.int64] = self.holders.view[distinct[np.argsort(first)]]
        return ordered

    def _lengths_norms(self) -> Scores:
        if self._norms is None:
            mean = self._total_length / len(self.row_of)
            self._norms = self.parameters.norms(self.lengths.view, mean)
        return self._norms

    def _changed(self) -> None:
        self._norms = None
        self._floor = None
        self._recent.clear()
        self._dense.clear()


def forward_of(chunks: Sequence[ChunkTerms], vocabulary: dict[str, int]) -> Forward:
    """Return chunks as rows of term numbers, new terms added to the vocabulary."""
    terms = [vocabulary.setdefault(t, len(vocabulary)) for c in chunks for t in c.terms]
    return Forward(
        counts=np.array([len(chunk.terms) for chunk in chunks], np.int64),
        terms=np.array(terms, np.int32),
        frequencies=np.array([f for c in chunks for f in c.frequencies], np.int64),
    )
