"""Sign codes, and the search that scans few rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.engines.vectors.matrix import VectorMatrix
from ragtenancy.engines.vectors.scan import Vectors
from ragtenancy.engines.vectors.sign_codes import SignCodes, nearest


def clustered(seed: int, count: int, dimension: int = 384) -> Vectors:
    """Return vectors around a few dozen directions, as embeddings of texts are."""
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
def test_hamming_distances_count_differing_signs(
    seed: int, count: int, dimension: int, split: int
) -> None:
    vectors = np.random.default_rng(seed).integers(-2, 3, (count, dimension)).astype(np.float32)
    codes = SignCodes(dimension, count + 7)
    codes.put(0, vectors[:split])
    codes.put(len(vectors[:split]), vectors[split:])

    found = codes.hamming_distances(vectors[0], count)

    assert found.tolist() == ((vectors > 0) != (vectors[0] > 0)).sum(axis=1).tolist()


@given(
    distances=st.lists(st.integers(0, 9) | st.just(65535), min_size=1, max_size=60),
    count=st.integers(1, 70),
)
def test_the_nearest_are_as_many_as_asked_and_all_ties(distances: list[int], count: int) -> None:
    there = sorted(distance for distance in distances if distance < 65535)
    last = there[min(count, len(there)) - 1] if there else -1

    rows = nearest(np.array(distances, np.uint16), count)

    assert rows.tolist() == [at for at, distance in enumerate(distances) if distance <= last]


def test_scanning_few_rows_misses_almost_none_of_the_best() -> None:
    vectors, queries = clustered(1, 6_000), clustered(2, 50)
    every: VectorMatrix[str] = VectorMatrix(384)
    few: VectorMatrix[str] = VectorMatrix(384, max_exact=1_000)
    for matrix in (every, few):
        matrix.add("d1", vectors)

    best = [set(every.search(query, 10, None)[0]) for query in queries]
    found = [set(few.search(query, 10, None)[0]) for query in queries]

    hits = sum(len(one & other) for one, other in zip(best, found, strict=True))
    assert hits >= 0.99 * 10 * len(queries)


def test_a_filter_applies_before_the_preselection() -> None:
    query = clustered(2, 1)[0]
    rows: VectorMatrix[str] = VectorMatrix(384, max_exact=100)
    rows.add("d1", clustered(1, 3_000))
    rows.add("d2", clustered(3, 200))

    found, _ = rows.search(query, 5, {"d2"})

    assert [key for key, _ in found] == ["d2"] * 5


def test_removed_rows_are_not_preselected() -> None:
    near = clustered(1, 500)
    rows: VectorMatrix[str] = VectorMatrix(384, max_exact=100)
    rows.add("d1", near)
    rows.add("d2", -near)
    rows.remove("d1")

    found, _ = rows.search(near[0], 5, None)

    assert [key for key, _ in found] == ["d2"] * 5
