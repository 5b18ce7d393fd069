"""How well a sentence answers a question."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ragtenancy.adapters.extractive.candidates import Candidate
from ragtenancy.adapters.extractive.question import Wanted, offers

NEIGHBOUR = 0.25
KIND = 0.12
PASSAGE_PRIOR = 0.03


def coverage(question: Sequence[str], sentences: Sequence[Sequence[str]]) -> list[float]:
    """Return the share of the question's weight that each sentence holds, 0..1.

    A term weighs ln(1 + N / n) for N sentences of which n hold it; a term that no sentence
    holds weighs nothing, since it tells none apart.
    """
    number = len(sentences)
    held = Counter(term for terms in sentences for term in set(terms))
    weights = {t: math.log(1 + number / held[t]) for t in set(question) if held[t]}
    total = sum(weights.values())
    if not total:
        return [0.0] * number
    return [sum(w for t, w in weights.items() if t in set(terms)) / total for terms in sentences]


def with_neighbours(candidates: Sequence[Candidate], scores: Sequence[float]) -> list[float]:
    """Return scores raised by a quarter of the better neighbour's: answers spill over."""
    at = {(c.passage, c.place): s for c, s in zip(candidates, scores, strict=True)}
    raised = []
    for candidate, score in zip(candidates, scores, strict=True):
        beside = [at.get((candidate.passage, candidate.place + step), 0.0) for step in (-1, 1)]
        raised.append(score + NEIGHBOUR * max(beside))
    return raised


def kind_bonus(candidate: Candidate, wanted: Wanted) -> float:
    """Return what a sentence gains by holding the kind of thing that is asked for."""
    if wanted in (Wanted.ANYTHING, Wanted.STEPS):
        return 0.0
    return KIND if offers(candidate.text, wanted) else 0.0


def passage_prior(candidate: Candidate) -> float:
    """Return what a sentence loses by the rank of its passage."""
    return -PASSAGE_PRIOR * (candidate.passage - 1)
