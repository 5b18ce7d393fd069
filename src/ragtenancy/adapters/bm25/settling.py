"""Merging an inverted index's tail and tombstones into one new segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.bm25.chunk_rows import NO_ROWS, ChunkRows
from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex, Settled
from ragtenancy.adapters.bm25.segment import Forward, joined, segment
from ragtenancy.adapters.bm25.vocabulary import TermTable
from ragtenancy.domain.ids import ChunkId


def settled(
    index: InvertedIndex, *, without: Sequence[ChunkId] = (), added: Sequence[ChunkTerms] = ()
) -> InvertedIndex:
    """Return a new index of the same scores after a change, without tail and tombstones.

    Reads `index` and changes nothing, so that it may run beside searches. Terms that no chunk
    holds any more are gone from the vocabulary.
    """
    return InvertedIndex(index.parameters, merged(index, without, added))


def merged(
    index: InvertedIndex, without: Sequence[ChunkId] = (), added: Sequence[ChunkTerms] = ()
) -> Settled:
    """Return what `settled` starts from."""
    alive = _alive(index, without)
    numbers = {term: number for number, term in enumerate(index.vocabulary.terms())}
    first = index.segment.total_rows
    forward = joined(
        [
            index.segment.forward(alive[:first]),
            index.tail.forward(alive[first:].tolist()),
            _forward_of(added, numbers),
        ]
    )
    table, forward = _renumbered(list(numbers), forward)
    kept = index.rows.names(np.flatnonzero(alive).tolist())
    lengths = np.array([chunk.length for chunk in added], np.int64)
    return Settled(
        vocabulary=table,
        rows=ChunkRows(NO_ROWS, [*kept, *(chunk.chunk_id for chunk in added)]),
        lengths=np.concatenate([index.lengths.view[alive], lengths]),
        segment=segment(forward, len(table)),
    )


def _alive(index: InvertedIndex, without: Sequence[ChunkId]) -> npt.NDArray[np.bool_]:
    alive = np.ones(len(index.rows), bool)
    gone = [*index.rows.dead, *map(index.rows.row, without)]
    alive[np.array(gone, np.intp)] = False
    return alive


def _forward_of(chunks: Sequence[ChunkTerms], numbers: dict[str, int]) -> Forward:
    """Return chunks as rows of term numbers, new terms added to the numbers."""
    terms = [numbers.setdefault(t, len(numbers)) for c in chunks for t in c.terms]
    return Forward(
        counts=np.array([len(chunk.terms) for chunk in chunks], np.int64),
        terms=np.array(terms, np.int32),
        frequencies=np.array([f for c in chunks for f in c.frequencies], np.int64),
    )


def _renumbered(terms: Sequence[str], forward: Forward) -> tuple[TermTable, Forward]:
    """Number the terms in use by their order."""
    used = np.zeros(len(terms), bool)
    used[forward.terms] = True
    ordered = sorted((terms[at], at) for at in np.flatnonzero(used).tolist())
    number = np.zeros(len(terms), np.int32)
    number[np.array([at for _, at in ordered], np.intp)] = np.arange(len(ordered), dtype=np.int32)
    return TermTable.of([term for term, _ in ordered]), Forward(
        counts=forward.counts,
        terms=number[forward.terms] if len(forward.terms) else forward.terms,
        frequencies=forward.frequencies,
    )
