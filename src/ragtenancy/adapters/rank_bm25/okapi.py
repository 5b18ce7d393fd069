"""`rank_bm25.BM25Okapi` over chunks, extended to corpora without any term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.domain.hits import TermContribution
from ragtenancy.domain.ids import ChunkId


class Okapi:
    """BM25Okapi with its own defaults: k1 1.5, b 0.75, epsilon 0.25."""

    def __init__(self, documents: Sequence[Mapping[ChunkId, Sequence[str]]]) -> None:
        from rank_bm25 import BM25Okapi

        terms = {chunk: held for document in documents for chunk, held in document.items()}
        ordered = sorted(terms)
        self.at = {chunk: row for row, chunk in enumerate(ordered)}
        self._corpus = [list(terms[chunk]) for chunk in ordered]
        self._model = BM25Okapi(self._corpus) if any(self._corpus) else None

    def scores(self, terms: Sequence[str]) -> dict[ChunkId, float]:
        """Return the score of every chunk."""
        if self._model is None:
            return dict.fromkeys(self.at, 0.0)
        return dict(zip(self.at, self._model.get_scores(list(terms)).tolist(), strict=True))

    def contributions(self, terms: Sequence[str], chunk: ChunkId) -> list[TermContribution]:
        """Return what each term adds to a chunk."""
        return [self._contribution(term, self.at[chunk]) for term in terms]

    def _contribution(self, term: str, row: int) -> TermContribution:
        if self._model is None:
            return TermContribution(
                term=term, frequency=0, document_frequency=0, idf=0.0, contribution=0.0
            )
        return TermContribution(
            term=term,
            frequency=self._model.doc_freqs[row].get(term, 0),
            document_frequency=sum(term in held for held in self._model.doc_freqs),
            idf=float(self._model.idf.get(term, 0.0)),
            contribution=float(self._model.get_batch_scores([term], [row])[0]),
        )
