"""Signs of vectors, and the search that reads few rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.sqlite.vector_codes import SignCodes, closest
from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.ports.embeddings import Vectors

D1, D2, FIRST = DocumentId("d1"), DocumentId("d2"), Revision("1-1")


def alike(seed: int, count: int, dimension: int = 384) -> Vectors:
    """Vectors around a few dozen directions, as those of texts are."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((40, dimension))
    vectors = centres[generator.integers(0, 40, count)]
    vectors = vectors + generator.standard_normal((count, dimension))
    scaled: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return scaled


@settings(deadline=None)
@given(
    seed=st.integers(0, 999),
    count=st.integers(1, 300),
    dimension=st.sampled_from([1, 8, 63, 64, 65, 384]),
    split=st.integers(0, 300),
)
def test_distances_count_the_signs_that_differ(
    seed: int, count: int, dimension: int, split: int
) -> None:
    vectors = np.random.default_rng(seed).integers(-2, 3, (count, dimension)).astype(np.float32)
    codes = SignCodes(dimension, count + 7)
    codes.put(0, vectors[:split])
    codes.put(len(vectors[:split]), vectors[split:])

    found = codes.distances(vectors[0], count)

    assert found.tolist() == ((vectors > 0) != (vectors[0] > 0)).sum(axis=1).tolist()


@given(
    distances=st.lists(st.integers(0, 9) | st.just(65535), min_size=1, max_size=60),
    count=st.integers(1, 70),
)
def test_the_closest_are_as_many_as_asked_and_those_as_close(
    distances: list[int], count: int
) -> None:
    there = sorted(distance for distance in distances if distance < 65535)
    last = there[min(count, len(there)) - 1] if there else -1

    rows = closest(np.array(distances, np.uint16), count)

    assert rows.tolist() == [at for at, distance in enumerate(distances) if distance <= last]


def test_reading_few_rows_misses_almost_none_of_the_best() -> None:
    vectors, queries = alike(1, 6_000), alike(2, 50)
    every, few = VectorRows(384), VectorRows(384, most_exact=1_000)
    for rows in (every, few):
        rows.add(D1, FIRST, vectors)

    best = [set(every.search(query, 10, None)[0]) for query in queries]
    found = [set(few.search(query, 10, None)[0]) for query in queries]

    hits = sum(len(one & other) for one, other in zip(best, found, strict=True))
    assert hits >= 0.99 * 10 * len(queries)


def test_a_filter_chooses_before_the_closest_are_chosen() -> None:
    query = alike(2, 1)[0]
    rows = VectorRows(384, most_exact=100)
    rows.add(D1, FIRST, alike(1, 3_000))
    rows.add(D2, FIRST, alike(3, 200))

    found, _ = rows.search(query, 5, {D2})

    assert [chunk.partition("#")[0] for chunk in found] == ["d2"] * 5


def test_removed_rows_are_not_among_the_closest() -> None:
    near = alike(1, 500)
    rows = VectorRows(384, most_exact=100)
    rows.add(D1, FIRST, near)
    rows.add(D2, FIRST, -near)
    rows.remove(D1)

    found, _ = rows.search(near[0], 5, None)

    assert [chunk.partition("#")[0] for chunk in found] == ["d2"] * 5
