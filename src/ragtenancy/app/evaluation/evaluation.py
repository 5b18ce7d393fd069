"""Evaluating search on a judged set, and comparing two evaluations question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ragtenancy.app.evaluation.bootstrap import Difference, Interval, difference, interval
from ragtenancy.app.evaluation.corpus import CorpusLoader, LoadedCorpus, OnProgress
from ragtenancy.app.evaluation.rankings import QuestionRankings, best_documents
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.evaluation import MEASURES, JudgedSet, Measures, measured
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder


class Latency(Struct, frozen=True, kw_only=True):
    """Milliseconds per search, not counting the query embedding."""

    p50: float
    p95: float


class Run(Struct, frozen=True, kw_only=True):
    """One search variant: means with intervals, latency, and the measures per question."""

    name: str
    semantic_weight: float
    bm25_weight: float
    language: str
    measures: Mapping[str, Interval]
    latency_ms: Latency
    questions: Mapping[str, Measures]


class Evaluation(Struct, frozen=True, kw_only=True):
    """The results on one judged set with one embedding model."""

    model: str
    documents: int
    chunks: int
    questions: int
    runs: Sequence[Run]


class Comparison(Struct, frozen=True, kw_only=True):
    """The differences between two runs over their shared questions."""

    name: str
    against: str
    measures: Mapping[str, Difference]


class SearchEvaluation:
    """Loads a judged set into an empty tenant and measures each search variant."""

    def __init__(
        self, corpus: CorpusLoader, rankings: QuestionRankings, embedder: Embedder
    ) -> None:
        self._corpus = corpus
        self._rankings = rankings
        self._embedder = embedder

    async def evaluate(
        self,
        scope: TenantScope,
        judged_set: JudgedSet,
        ways: Mapping[str, SearchSettings],
        on_progress: OnProgress = lambda _: None,
    ) -> Evaluation:
        """Return each variant's measures over the questions that have a relevant document.

        Raises `InvalidError` if no question has one.
        """
        questions = judged_set.asked()
        if not questions:
            raise InvalidError("No question in the set has a relevant document.", code="no_qrels")
        loaded = await self._corpus.load(scope, judged_set.texts, on_progress)
        runs = [
            await self._run(scope, name, settings, judged_set, loaded)
            for name, settings in ways.items()
        ]
        return Evaluation(
            model=self._embedder.model.name,
            documents=len(loaded.text_ids),
            chunks=loaded.chunks,
            questions=len(questions),
            runs=runs,
        )

    async def _run(
        self,
        scope: TenantScope,
        name: str,
        settings: SearchSettings,
        judged_set: JudgedSet,
        loaded: LoadedCorpus,
    ) -> Run:
        questions: dict[str, Measures] = {}
        seconds: list[float] = []
        async for searched in self._rankings.rank(scope, judged_set.asked(), settings):
            found = best_documents(searched.retrieval.hits, loaded.text_ids)
            judged = judged_set.judgements[searched.question_id]
            questions[searched.question_id] = measured(found, judged)
            seconds.append(searched.seconds)
        return Run(
            name=name,
            semantic_weight=settings.semantic_weight,
            bm25_weight=settings.bm25_weight,
            language=settings.language,
            measures={name: interval([q[name] for q in questions.values()]) for name in MEASURES},
            latency_ms=_latency(seconds),
            questions=questions,
        )


def _latency(seconds: Sequence[float]) -> Latency:
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, (50, 95))
    return Latency(p50=float(p50), p95=float(p95))


def compare(first: Evaluation, second: Evaluation) -> list[Comparison]:
    """Return `second` minus `first` for each run in both.

    Raises `InvalidError` if they share no run, or if a shared run shares no question.
    """
    theirs = {run.name: run for run in second.runs}
    shared = [(run, theirs[run.name]) for run in first.runs if run.name in theirs]
    if not shared:
        raise InvalidError("The two evaluations have no run in common.", code="not_comparable")
    return [compare_runs(a, b) for a, b in shared]


def compare_runs(first: Run, second: Run) -> Comparison:
    """Return `second` minus `first`, paired. Raises `InvalidError` if they share no question."""
    shared = [question for question in first.questions if question in second.questions]
    if not shared:
        raise InvalidError("The two evaluations have no question in common.", code="not_comparable")
    return Comparison(
        name=second.name,
        against=first.name,
        measures={name: _difference(first, second, shared, name) for name in MEASURES},
    )


def _difference(first: Run, second: Run, shared: Sequence[str], measure: str) -> Difference:
    return difference(
        [first.questions[question][measure] for question in shared],
        [second.questions[question][measure] for question in shared],
    )
