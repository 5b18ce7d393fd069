"""The arithmetic of the scan, row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.engines.vectors.scan import cosines, dot_products


@settings(deadline=None)
@given(
    seed=st.integers(0, 9_999),
    dimension=st.integers(1, 400),
    count=st.integers(1, 40),
    skipped=st.integers(0, 3),
)
def test_the_dot_products_of_a_row_depend_on_that_row_alone(
    seed: int, dimension: int, count: int, skipped: int
) -> None:
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((count + skipped, dimension)).astype(np.float32)
    query = generator.standard_normal(dimension).astype(np.float32)

    beside = cosines(vectors[skipped:], query).tolist()
    approximate = dot_products(vectors[skipped:], query).tolist()

    alone = [vector.copy()[np.newaxis] for vector in vectors[skipped:]]
    assert beside == [float(cosines(vector, query)[0]) for vector in alone]
    assert approximate == [float(dot_products(vector, query)[0]) for vector in alone]
