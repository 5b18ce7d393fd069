"""rank-bm25 and numpy put together the plain way, to measure against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rank_bm25 import BM25Okapi
from zipf_corpus import Corpus, Question

from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer

DEPTH = 100
TOP = 10
LANGUAGE = "english"


class Plain:
    """rank-bm25 and numpy as they are usually put together."""

    def __init__(self, corpus: Corpus, analyzer: SnowballAnalyzer) -> None:
        self._analyzer = analyzer
        self.terms = [list(analyzer.terms(text, LANGUAGE)) for text in corpus.texts]
        self._okapi = BM25Okapi(self.terms)
        self._vectors = corpus.vectors

    async def search(self, question: Question) -> Sequence[object]:
        """Score everything twice, fuse, sort."""
        bm25 = self._okapi.get_scores(list(self._analyzer.terms(question.text, LANGUAGE)))
        cosines = self._vectors @ question.vector
        fused = 0.7 * cosines + 0.3 * bm25 / max(bm25.max(), 1e-9)
        best: list[int] = np.argsort(-fused)[:TOP].tolist()
        return best

    async def words_alone(self, question: Question) -> Sequence[object]:
        """rank-bm25's scores, sorted."""
        bm25 = self._okapi.get_scores(list(self._analyzer.terms(question.text, LANGUAGE)))
        best: list[int] = np.argsort(-bm25)[:DEPTH].tolist()
        return best

    async def vectors_alone(self, question: Question) -> Sequence[object]:
        """One product, sorted."""
        best: list[int] = np.argsort(-(self._vectors @ question.vector))[:DEPTH].tolist()
        return best
