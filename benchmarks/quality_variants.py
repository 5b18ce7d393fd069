"""What else was tried to rank better, on the same chunks and vectors as the default.

Each variant scores every chunk: 0.7 · semantic + 0.3 · words / best, with one of the two changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.engines.lexical.bm25 import DEFAULT, Parameters
from ragtenancy.engines.lexical.inverted_index import InvertedIndex
from ragtenancy.engines.lexical.postings import count_terms

Scores = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.float64]
DENSE, WORDS = 0.7, 0.3


class Pool:
    """A set's chunks, in memory, with what the variants look at."""

    def __init__(self, texts: Sequence[str], vectors: Vectors) -> None:
        self.analyzer = SnowballAnalyzer()
        self.terms = [list(self.analyzer.terms(text, "english")) for text in texts]
        self.vectors = vectors
        self.index = self.of(self.terms)
        self.late = self.of(self.terms, Parameters(k1=2.0, b=0.75))
        self.pairs = self.of([joined(terms) for terms in self.terms])
        self.smoothed = smoothed(vectors, neighbours=5, share=0.2)

    def of(self, terms: Sequence[Sequence[str]], parameters: Parameters = DEFAULT) -> InvertedIndex:
        """Return an index of chunks by their numbers."""
        return InvertedIndex(parameters).merged(added=[count_terms(own) for own in terms])

    def words(self, question: str) -> Scores:
        """Return BM25 by chunk."""
        return self.index.scores(self.analyzer.terms(question, "english")).copy()


def joined(terms: Sequence[str]) -> list[str]:
    """Return neighbouring terms as one."""
    return [f"{one} {other}" for one, other in pairwise(terms)]


def smoothed(vectors: Vectors, *, neighbours: int, share: float) -> Vectors:
    """Return vectors moved towards those of the nearest chunks."""
    moved = np.empty_like(vectors)
    for first in range(0, len(vectors), 512):
        near = vectors[first : first + 512] @ vectors.T
        near[np.arange(len(near)), np.arange(first, first + len(near))] = -1
        best = np.argpartition(-near, neighbours, axis=1)[:, :neighbours]
        moved[first : first + 512] = vectors[best].mean(axis=1)
    return unit((1 - share) * vectors + share * moved)


def unit(vectors: Vectors) -> Vectors:
    """Return vectors of length 1."""
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def fused(semantic: Scores, words: Scores) -> Scores:
    """Return the default's formula."""
    best = float(words.max(initial=0.0))
    return DENSE * semantic + (WORDS / best if best > 0 else 0.0) * words


def default(pool: Pool, question: str, vector: Scores) -> Scores:
    """The default itself."""
    return fused(pool.vectors @ vector, pool.words(question))


def with_k1(pool: Pool, question: str, vector: Scores) -> Scores:
    """BM25 that repetitions saturate later."""
    return fused(pool.vectors @ vector, pool.late.scores(pool.analyzer.terms(question, "english")))


def with_pairs(pool: Pool, question: str, vector: Scores) -> Scores:
    """BM25 of neighbouring words too, at a tenth."""
    pairs = joined(list(pool.analyzer.terms(question, "english")))
    words = pool.words(question) + 0.1 * pool.pairs.scores(pairs)
    return fused(pool.vectors @ vector, words)


def with_terms_of_the_best(pool: Pool, question: str, vector: Scores) -> Scores:
    """Ten terms of the best five chunks, at up to a tenth (after RM3, Abdul-Jaleel 2004)."""
    words = pool.words(question)
    best = np.argsort(-fused(pool.vectors @ vector, words))[:5].tolist()
    weight: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for chunk in best:
        own = pool.terms[chunk]
        holders.update(set(own))
        for term in own:
            weight[term] += pool.index.idf(pool.index.term(term)[1]) / len(own)  # type: ignore[assignment]
    shared = {term: value for term, value in weight.items() if holders[term] > 1}
    chosen = sorted(shared.items(), key=lambda found: -found[1])[:10]
    for term, value in chosen:
        words += 0.1 * value / chosen[0][1] * pool.index.scores([term])
    return fused(pool.vectors @ vector, words)


def with_vector_of_the_best(pool: Pool, question: str, vector: Scores) -> Scores:
    """The question's vector, three tenths towards the best ten chunks (Rocchio 1971)."""
    words = pool.words(question)
    best = np.argsort(-fused(pool.vectors @ vector, words))[:10]
    moved = unit(0.7 * vector + 0.3 * pool.vectors[best].mean(axis=0))
    return fused(pool.vectors @ moved, words)


def with_neighbours(pool: Pool, question: str, vector: Scores) -> Scores:
    """Each chunk's vector, a fifth towards its five nearest."""
    return fused(pool.smoothed @ vector, pool.words(question))


def centred(pool: Pool, question: str, vector: Scores) -> Scores:
    """Vectors less the mean of all."""
    mean = pool.vectors.mean(axis=0)
    semantic = unit(pool.vectors - mean) @ unit(vector - mean)
    return fused(semantic, pool.words(question))


def standardised(pool: Pool, question: str, vector: Scores) -> Scores:
    """Both legs less their mean over their deviation."""
    legs = (pool.vectors @ vector, pool.words(question))
    semantic, words = ((leg - leg.mean()) / max(float(leg.std()), 1e-9) for leg in legs)
    return DENSE * semantic + WORDS * words


DEFAULT_NAME = "default"
VARIANTS: Mapping[str, Callable[[Pool, str, Scores], Scores]] = {
    DEFAULT_NAME: default,
    "BM25 k1 2.0": with_k1,
    "neighbouring words": with_pairs,
    "terms of the best": with_terms_of_the_best,
    "vector of the best": with_vector_of_the_best,
    "neighbours' vectors": with_neighbours,
    "centred vectors": centred,
    "standard scores": standardised,
}
