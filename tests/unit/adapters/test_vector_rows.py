"""The exact scan against reading one row at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.ports.embeddings import Vectors
from tests.library import random_vectors

D1, D2 = DocumentId("d1"), DocumentId("d2")
FIRST = Revision("1-1")


def of(vectors: Vectors) -> VectorRows:
    rows = VectorRows(vectors.shape[1])
    rows.add(D1, FIRST, vectors)
    return rows


@settings(deadline=None)
@given(
    seed=st.integers(0, 999),
    count=st.integers(1, 500),
    dimension=st.sampled_from([1, 7, 129, 384]),
    limit=st.integers(1, 60),
)
def test_finds_what_reading_every_row_finds(
    seed: int, count: int, dimension: int, limit: int
) -> None:
    vectors = random_vectors(seed, count, dimension)
    query = random_vectors(seed + 1, 1, dimension)[0]

    hits = LegHits.highest(0, *of(vectors).search(query, limit, None), limit=limit)

    wide = query.astype(np.float64)
    cosines = [-float((row.astype(np.float64) * wide).sum()) for row in vectors]
    expected = sorted(zip(cosines, range(count), strict=True))[:limit]
    places = [int(chunk[-6:]) for chunk in hits.chunk_ids]
    assert places == [place for _, place in expected]
    assert hits.scores == [-score for score, _ in expected]


def test_vectors_of_another_dimension_need_a_reindex() -> None:
    rows = of(random_vectors(1, 3, 8))

    with pytest.raises(ReindexRequiredError):
        rows.search(random_vectors(1, 1, 9)[0], 1, None)


def test_a_removed_documents_place_is_taken_by_others() -> None:
    rows = of(random_vectors(1, 5))
    rows.add(D2, FIRST, random_vectors(2, 3))
    rows.remove(D1)
    fresh = VectorRows(8)
    fresh.add(D2, FIRST, random_vectors(2, 3))
    query = random_vectors(3, 1)[0]

    found, expected = (each.search(query, 9, None) for each in (rows, fresh))
    assert dict(zip(*found, strict=True)) == dict(zip(*expected, strict=True))
