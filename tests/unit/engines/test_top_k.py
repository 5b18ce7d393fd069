"""Top-k selection against a full sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id
from ragtenancy.engines.top_k import preselect_positive


def ids(count: int) -> list[ChunkId]:
    return [chunk_id(DocumentId(f"d{i % 7}"), Revision("1-1"), i // 7) for i in range(count)]


@given(
    seed=st.integers(0, 99),
    count=st.integers(0, 400),
    limit=st.integers(1, 30),
    share=st.floats(0, 1),
    kinds=st.integers(1, 50),
)
def test_finds_what_sorting_finds(
    seed: int, count: int, limit: int, share: float, kinds: int
) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.integers(1, kinds + 1, count) / 7.0
    scores[generator.random(count) < share] = 0.0
    scores[generator.random(count) < 0.1] = -np.inf
    chunks = ids(count)

    rows = preselect_positive(scores, limit).tolist()
    found = LegHits.highest(0, [chunks[row] for row in rows], scores[rows].tolist(), limit=limit)

    every = sorted((-score, chunk) for score, chunk in zip(scores.tolist(), chunks, strict=True))
    positive = [(chunk, -score) for score, chunk in every if score < 0]
    assert list(found.by_chunk().items()) == positive[:limit]
