"""What each term of a question adds to a chunk."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.bm25.inverted_index import InvertedIndex
from ragtenancy.domain.hits import TermContribution
from ragtenancy.domain.ids import ChunkId


def contributions(
    index: InvertedIndex, terms: Sequence[str], chunk_id: ChunkId
) -> list[TermContribution]:
    """Return the contributions to a chunk that is there; added up in order, its score."""
    row = index.rows.row(chunk_id)
    held, frequencies = index.row(row)
    counts = dict(zip(held.tolist(), frequencies.tolist(), strict=True))
    norm = float(index.norms()[row])
    return [_contribution(index, term, counts, norm) for term in terms]


def _contribution(
    index: InvertedIndex, term: str, counts: dict[int, int], norm: float
) -> TermContribution:
    number, holders = index.term(term)
    frequency = counts.get(number, 0)
    idf = index.idf(holders) if holders else 0.0
    share = frequency * (index.parameters.k1 + 1) / (frequency + norm)
    return TermContribution(
        term=term,
        frequency=frequency,
        document_frequency=holders,
        idf=idf,
        contribution=idf * share if frequency else 0.0,
    )
