"""Merging an inverted index's tail and tombstones into one new segment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex, Settled, forward_of
from ragtenancy.adapters.bm25.segment import Forward, joined, segment
from ragtenancy.domain.ids import ChunkId


def settled(
    index: InvertedIndex, *, without: Sequence[ChunkId] = (), added: Sequence[ChunkTerms] = ()
) -> InvertedIndex:
    """Return a new index of the same scores after a change, without tail and tombstones.

    Reads `index` and changes nothing, so that it may run beside searches. Terms that no chunk
    holds any more are gone from the vocabulary.
    """
    kept = index.row_of.keys() - set(without)
    alive = np.array([row_is(index, row, kept) for row in range(len(index.chunk_ids))], bool)
    vocabulary = dict(index.vocabulary)
    first = index.segment.total_rows
    forward = joined(
        [
            index.segment.forward(alive[:first]),
            index.tail.forward(alive[first:].tolist()),
            forward_of(added, vocabulary),
        ]
    )
    vocabulary, forward = _renumbered(vocabulary, forward)
    chunk_ids = [c for c, lives in zip(index.chunk_ids, alive.tolist(), strict=True) if lives]
    lengths = np.array([chunk.length for chunk in added], np.int64)
    return InvertedIndex(
        index.parameters,
        Settled(
            vocabulary=vocabulary,
            chunk_ids=[*chunk_ids, *(chunk.chunk_id for chunk in added)],
            lengths=np.concatenate([index.lengths.view[alive], lengths]),
            segment=segment(forward, len(vocabulary)),
        ),
    )


def row_is(index: InvertedIndex, row: int, kept: set[ChunkId]) -> bool:
    """Tell whether a row is the present one of a chunk that stays."""
    chunk_id = index.chunk_ids[row]
    return chunk_id in kept and index.row_of[chunk_id] == row


def _renumbered(vocabulary: dict[str, int], forward: Forward) -> tuple[dict[str, int], Forward]:
    used = np.zeros(len(vocabulary), bool)
    used[forward.terms] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    names = (name for name, in_use in zip(vocabulary, used.tolist(), strict=True) if in_use)
    return {name: at for at, name in enumerate(names)}, Forward(
        counts=forward.counts,
        terms=number[forward.terms] if len(forward.terms) else forward.terms,
        frequencies=forward.frequencies,
    )
