"""The best ten by scoring every chunk with the formulas, in float64."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
from search_engines.engine import BM25_WEIGHT, SEMANTIC_WEIGHT, TOP, Analyze
from zipf_corpus import Part, Question

K1, B = 1.2, 0.75


class BruteForce:
    """Scores all chunks of a part: BM25 (k1 1.2, b 0.75), cosines, and 0.7 and 0.3 of them."""

    def __init__(self, part: Part, analyze: Analyze) -> None:
        self._analyze = analyze
        self._vectors = part.vectors.astype(np.float64)
        self._holders: dict[str, list[tuple[int, int]]] = defaultdict(list)
        terms = [analyze(text) for text in part.texts]
        for at, own in enumerate(terms):
            for term, frequency in Counter(own).items():
                self._holders[term].append((at, frequency))
        lengths = np.array([len(own) for own in terms])
        self._norms = K1 * (1 - B + B * lengths / lengths.mean())

    def words(self, question: Question) -> list[int]:
        """Return the positions of the highest BM25."""
        return _highest(self._bm25(question))

    def vectors(self, question: Question) -> list[int]:
        """Return the positions of the highest cosines."""
        return _highest(self._vectors @ question.vector.astype(np.float64))

    def hybrid(self, question: Question) -> list[int]:
        """Return the positions of the highest 0.7 cosine + 0.3 BM25 / highest BM25."""
        cosines, bm25 = self._vectors @ question.vector.astype(np.float64), self._bm25(question)
        return _highest(SEMANTIC_WEIGHT * cosines + BM25_WEIGHT * bm25 / bm25.max())

    def _bm25(self, question: Question) -> np.ndarray:
        total = len(self._norms)
        scores = np.zeros(total)
        for term in self._analyze(question.text):
            holders = self._holders.get(term, [])
            idf = math.log(1 + (total - len(holders) + 0.5) / (len(holders) + 0.5))
            for at, frequency in holders:
                scores[at] += idf * frequency * (K1 + 1) / (frequency + self._norms[at])
        return scores


def _highest(scores: np.ndarray) -> list[int]:
    best: list[int] = np.argsort(-scores, kind="stable")[:TOP].tolist()
    return best
