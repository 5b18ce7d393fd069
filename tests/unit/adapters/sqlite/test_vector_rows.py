"""The exact scan against reading one row at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_ids
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
    scores = [-float(np.vecdot(row.astype(np.float64), wide)) for row in vectors]
    expected = sorted(zip(scores, range(count), strict=True))[:limit]
    places = [int(chunk[-6:]) for chunk in hits.chunk_ids]
    assert places == [place for _, place in expected]
    assert hits.scores == [-score for score, _ in expected]


def test_vectors_of_another_dimension_need_a_reindex() -> None:
    rows = of(random_vectors(1, 3, 8))

    with pytest.raises(ReindexRequiredError):
        rows.search(random_vectors(1, 1, 9)[0], 1, None)


NAMES = [DocumentId(f"d{number}") for number in range(5)]
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 700)), min_size=1, max_size=12)


@settings(deadline=None)
@given(
    steps=STEPS,
    seed=st.integers(0, 99),
    limit=st.integers(1, 40),
    narrow=st.booleans(),
    max_exact=st.sampled_from([0, 500, 100_000]),
)
def test_finds_the_same_whatever_was_there_before(
    steps: list[tuple[DocumentId, int]], seed: int, limit: int, *, narrow: bool, max_exact: int
) -> None:
    changed, fresh = (VectorRows(8, max_exact=max_exact) for _ in range(2))
    there = dict(steps)
    for document_id, count in steps:
        changed.remove(document_id)
        changed.add(document_id, FIRST, random_vectors(seed + count, count))
    for document_id, count in there.items():
        fresh.add(document_id, FIRST, random_vectors(seed + count, count))
    query = random_vectors(seed, 1)[0]
    documents = NAMES[:2] if narrow else None

    found, expected = (
        LegHits.highest(0, *rows.search(query, limit, documents), limit=limit)
        for rows in (changed, fresh)
    )

    chunks = [chunk for name in there for chunk in chunk_ids(name, FIRST, there[name])]
    assert found == expected
    assert changed.score(query, chunks) == fresh.score(query, chunks)
    assert None not in changed.score(query, chunks)


def test_removed_rows_give_their_room_back() -> None:
    rows = of(random_vectors(1, 3_000))
    rows.add(D2, FIRST, random_vectors(2, 10))
    before = rows.nbytes
    rows.remove(D1)

    assert rows.nbytes * 100 < before


@pytest.mark.parametrize("chunk", ["d1#1-1#000003", "d1#1-2#000000", "d1#1-1#x", "d2#1-1#0", ""])
def test_an_absent_chunk_has_no_score(chunk: str) -> None:
    rows = of(random_vectors(1, 3))

    assert rows.score(random_vectors(2, 1)[0], [ChunkId(chunk)]) == [None]


def test_a_removed_documents_place_is_taken_by_others() -> None:
    rows = of(random_vectors(1, 5))
    rows.add(D2, FIRST, random_vectors(2, 3))
    rows.remove(D1)
    fresh = VectorRows(8)
    fresh.add(D2, FIRST, random_vectors(2, 3))
    query = random_vectors(3, 1)[0]

    found, expected = (each.search(query, 9, None) for each in (rows, fresh))
    assert dict(zip(*found, strict=True)) == dict(zip(*expected, strict=True))
