"""Measures of a ranking against judgements, as trec_eval defines them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from msgspec import Struct

Judgements = Mapping[str, float]
Measures = Mapping[str, float]
NDCG, RECALL_10, RECALL_100, MRR, MAP = "ndcg@10", "recall@10", "recall@100", "mrr@10", "map"
MEASURES = (NDCG, RECALL_10, RECALL_100, MRR, MAP)
RANKED = 100


class JudgedText(Struct, frozen=True, kw_only=True):
    """One document of a judged set, under the set's own id."""

    text_id: str
    title: str
    text: str


class JudgedSet(Struct, frozen=True, kw_only=True):
    """Documents, questions by id, and the grade of documents by question; above 0 is relevant."""

    texts: Sequence[JudgedText]
    questions: Mapping[str, str]
    judgements: Mapping[str, Judgements]

    def asked(self) -> dict[str, str]:
        """Return the questions with a relevant document; others cannot be measured."""
        return {
            question_id: text
            for question_id, text in self.questions.items()
            if text.strip() and relevant(self.judgements.get(question_id, {}))
        }


def measured(found: Sequence[str], judged: Judgements) -> dict[str, float]:
    """Return every measure of one question; `found` is best first, each document once."""
    return {
        NDCG: ndcg(found, judged, at=10),
        RECALL_10: recall(found, judged, at=10),
        RECALL_100: recall(found, judged, at=100),
        MRR: reciprocal_rank(found, judged, at=10),
        MAP: average_precision(found, judged),
    }


def ndcg(found: Sequence[str], judged: Judgements, *, at: int) -> float:
    """Return DCG by that of the ideal ranking; DCG = Σ grade / log2(rank + 1), ranks from 1.

    0 when nothing is relevant. A grade below 0 counts as 0.
    """
    ideal = _dcg(sorted(judged.values(), reverse=True)[:at])
    return _dcg([judged.get(document, 0.0) for document in found[:at]]) / ideal if ideal else 0.0


def recall(found: Sequence[str], judged: Judgements, *, at: int) -> float:
    """Return the share of the relevant documents among the first `at`; 0 when there are none."""
    wanted = relevant(judged)
    return len(wanted.intersection(found[:at])) / len(wanted) if wanted else 0.0


def reciprocal_rank(found: Sequence[str], judged: Judgements, *, at: int) -> float:
    """Return 1 by the rank of the first relevant document among the first `at`, else 0."""
    wanted = relevant(judged)
    ranks = (rank for rank, document in enumerate(found[:at], 1) if document in wanted)
    return 1 / next(ranks, math.inf)


def average_precision(found: Sequence[str], judged: Judgements) -> float:
    """Return the mean over the relevant documents of the precision at their rank.

    One not found in the first 100 adds 0. Its mean over questions is MAP.
    """
    wanted = relevant(judged)
    ranks = [rank for rank, document in enumerate(found[:RANKED], 1) if document in wanted]
    precisions = (hits / rank for hits, rank in enumerate(ranks, 1))
    return math.fsum(precisions) / len(wanted) if wanted else 0.0


def relevant(judged: Judgements) -> frozenset[str]:
    """Return the documents of a grade above 0."""
    return frozenset(document for document, grade in judged.items() if grade > 0)


def _dcg(grades: Sequence[float]) -> float:
    return math.fsum(max(grade, 0.0) / math.log2(at + 2) for at, grade in enumerate(grades))
