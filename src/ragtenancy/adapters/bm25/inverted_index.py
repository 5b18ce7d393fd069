"""An inverted index over chunks with exact BM25 statistics after every change."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.adapters.bm25.chunk_rows import NO_ROWS, ChunkRows
from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms
from ragtenancy.adapters.bm25.column import Column
from ragtenancy.adapters.bm25.kernel import Kernel
from ragtenancy.adapters.bm25.scorer import Scorer
from ragtenancy.adapters.bm25.segment import EMPTY, Frequencies, Ints, Segment
from ragtenancy.adapters.bm25.tail import Tail
from ragtenancy.adapters.bm25.vocabulary import NO_TERMS, TermTable, Vocabulary
from ragtenancy.adapters.bm25.weights import Parameters
from ragtenancy.domain.ids import ChunkId

Scores = npt.NDArray[np.float64]
MIN_YOUNG = 4_096
MIN_DEAD = 64


class Settled(Struct, frozen=True, kw_only=True):
    """What an index starts from; the rows are the segment's."""

    vocabulary: TermTable
    rows: ChunkRows
    lengths: npt.NDArray[np.int64]
    segment: Segment


NOTHING = Settled(
    vocabulary=NO_TERMS, rows=ChunkRows(NO_ROWS), lengths=np.empty(0, np.int64), segment=EMPTY
)


class InvertedIndex:
    """Rows of chunks: a settled segment, a growing tail, and tombstones.

    Adding or removing a chunk touches its own postings alone; `settling.settled` merges tail
    and tombstones away, which `unsettled` asks for now and then. Not safe for threads that
    change it while others read.
    """

    def __init__(self, parameters: Parameters, settled: Settled = NOTHING) -> None:
        self.parameters = parameters
        self.vocabulary = Vocabulary(settled.vocabulary)
        self.rows = settled.rows.copy()
        self.segment = settled.segment
        self.tail = Tail(settled.segment.total_rows)
        self.lengths: Column[np.int64] = Column(settled.lengths)
        self.holders: Column[np.int64] = Column(np.diff(settled.segment.term_starts))
        self._total_length = int(settled.lengths.sum())
        self._norms: Scores | None = None
        self._floor: float | None = None
        self._scorer = Scorer()

    @property
    def unsettled(self) -> bool:
        """Whether tail and tombstones are worth merging away."""
        return self.tail.total_postings > max(MIN_YOUNG, len(self.segment.rows) // 8) or len(
            self.rows.dead
        ) > max(MIN_DEAD, self.rows.total // 4)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, roughly."""
        strings = 130 * self.vocabulary.total_young + 180 * len(self.rows)
        tail = 40 * self.tail.total_postings
        return self.segment.nbytes + self._scorer.nbytes + tail + strings

    def add(self, chunk: ChunkTerms) -> None:
        """Add a chunk that is not there."""
        numbered = self.vocabulary.numbered
        terms = np.array([numbered(term) for term in chunk.terms], np.int32)
        self.holders.extend([0] * (len(self.vocabulary) - len(self.holders.view)))
        self.holders.view[terms] += 1
        self.tail.add(terms, chunk.frequencies)
        self.rows.add(chunk.chunk_id)
        self.lengths.extend([chunk.length])
        self._total_length += chunk.length
        self._changed()

    def remove(self, chunk_id: ChunkId) -> None:
        """Remove a chunk that is there."""
        row = self.rows.remove(chunk_id)
        self.holders.view[self.row(row)[0]] -= 1
        self._total_length -= int(self.lengths.view[row])
        self._changed()

    def frozen(self) -> InvertedIndex:
        """Return an index to read in another thread, which changes to this one do not reach."""
        frozen = copy(self)
        frozen.vocabulary, frozen.rows = self.vocabulary.copy(), self.rows.copy()
        frozen.tail = self.tail.copy()
        frozen.lengths = Column(self.lengths.view.copy())
        frozen._scorer = Scorer()
        return frozen

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the distinct terms of a row and how often it holds each."""
        part = self.segment if row < self.segment.total_rows else self.tail
        return part.row(row)

    def postings(
        self, number: int, *, tail_only: bool = False
    ) -> Sequence[tuple[Ints, Frequencies]]:
        """Return the rows that hold a term and how often each does, in up to two parts."""
        settled = None if tail_only else self.segment.postings(number)
        return [part for part in (settled, self.tail.postings(number)) if part is not None]

    def scores(self, terms: Sequence[str], *, kernel: Kernel | None = None) -> Scores:
        """Return BM25 by row, -inf for tombstones. The array is the index's: read it at once."""
        return self._scorer.scores(self, terms, kernel)

    def term(self, text: str) -> tuple[int, int]:
        """Return a term's number and how many chunks hold it, or -1 and 0."""
        number = self.vocabulary.number(text)
        return number, int(self.holders.view[number]) if number >= 0 else 0

    def norms(self) -> Scores:
        """Return what each row's length adds to the divisor of its terms."""
        if self._norms is None:
            mean = self._total_length / self.rows.total
            self._norms = self.parameters.norms(self.lengths.view, mean)
        return self._norms

    def idf(self, holders: int) -> float:
        """Return the weight of a term that so many chunks hold."""
        return self.parameters.idf(holders, self.rows.total, self._idf_floor())

    def _idf_floor(self) -> float:
        if self.parameters.epsilon is None:
            return 0.0
        if self._floor is None:
            self._floor = self.parameters.floor(self._holders_in_order(), self.rows.total)
        return self._floor

    def _holders_in_order(self) -> npt.NDArray[np.int64]:
        """Return the holders of each term, terms by first appearance, chunks by their ids."""
        alive = self.rows.alive()
        named = sorted(zip(self.rows.names(alive), alive, strict=True))
        terms = np.concatenate([EMPTY.row_terms, *(self.row(row)[0] for _, row in named)])
        distinct, first = np.unique(terms, return_index=True)
        ordered: npt.NDArray[np.int64] = self.holders.view[distinct[np.argsort(first)]]
        return ordered

    def _changed(self) -> None:
        self._norms = None
        self._floor = None
        self._scorer.clear()
