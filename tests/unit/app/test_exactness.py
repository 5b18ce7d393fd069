"""The first hits equal those of scoring every chunk, however few the legs list at first."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.app.search.leg_ranking import LISTED_PER_HIT
from ragtenancy.app.search.ranking import best_rows
from ragtenancy.container import Container
from ragtenancy.domain.ranking import HybridRanker
from ragtenancy.ports.all_scores import AllScores
from tests.unit.app.conftest import Installation

BEST = "the refund pays invoice numbers"


async def test_a_chunk_that_is_low_in_both_lists_can_be_the_first(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragtenancy.app.search.leg_ranking.FIRST_DEPTH", 1)
    installation = Installation(container)
    scope = await installation.tenant()
    for number in range(2 * LISTED_PER_HIT):
        await installation.ingest(scope, "the", filename=f"near-{number}.txt")
        await installation.ingest(scope, "refunds refunds", filename=f"worded-{number}.txt")
    await installation.ingest(scope, BEST, filename="best.txt")

    [listed] = (await installation.search(scope, "the refund", top_k=1, explain=True)).hits
    [hit] = (await installation.search(scope, "the refund", top_k=1)).hits

    assert hit.source.text == BEST
    assert hit.source == listed.source
    assert listed.explanation is not None
    assert listed.explanation.semantic_rank is None
    assert (listed.explanation.bm25_rank or 0) > LISTED_PER_HIT


@given(
    seed=st.integers(0, 1_000),
    total=st.integers(0, 600),
    count=st.integers(1, 40),
    slack=st.sampled_from([0.0, 1e-6, 0.01]),
    kinds=st.integers(2, 1_000),
)
def test_the_picked_rows_include_the_best(
    seed: int, total: int, count: int, slack: float, kinds: int
) -> None:
    generator = np.random.default_rng(seed)
    cosines = generator.integers(-kinds, kinds, total) / kinds
    bm25 = generator.integers(0, kinds, total) / 7.0
    noise = generator.uniform(-slack, slack, total)
    ranker = HybridRanker(semantic_weight=0.7, bm25_weight=0.3)

    all_scores = (AllScores(cosines + noise, slack), AllScores(bm25))
    rows = best_rows(ranker, *all_scores, count, best_bm25=float(bm25.max(initial=0.0)))

    best = bm25.max(initial=0.0)
    fused = 0.7 * cosines + 0.3 * (bm25 / best if best > 0 else bm25)
    least = np.sort(fused)[-count] if total >= count else -np.inf
    assert set(np.flatnonzero(fused >= least).tolist()) <= set(rows.tolist())
    assert rows.tolist() == sorted(rows.tolist())


async def test_both_ways_of_ranking_agree_to_the_last_bit(container: Container) -> None:
    generator = random.Random(1)
    words = ["refund", "voucher", "invoice", "payment", "delivery", "warranty", "the", "of"]
    installation = Installation(container)
    scope = await installation.tenant()
    for number in range(30):
        text = " ".join(generator.choices(words, k=generator.randint(1, 12)))
        await installation.ingest(scope, text, filename=f"{number}.txt")

    for _ in range(20):
        question = " ".join(generator.choices(words, k=3))
        every = await installation.search(scope, question, top_k=7)
        listed = await installation.search(scope, question, top_k=7, explain=True)

        assert [h.source for h in every.hits] == [h.source for h in listed.hits]
