"""A stored matrix is read as it was written."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.engines.vectors import matrix_file
from tests.library import random_vectors


@settings(deadline=None)
@given(
    totals=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    dimension=st.integers(1, 70),
    seed=st.integers(0, 99),
)
def test_what_is_written_is_read(totals: list[int], dimension: int, seed: int) -> None:
    spans = [
        (f"d{at}", "1-1", random_vectors(seed + at, total, dimension))
        for at, total in enumerate(totals)
    ]

    with TemporaryDirectory() as folder:
        path = Path(folder) / "matrix"
        with path.open("wb") as file:
            matrix_file.write(file, "t1", spans)
        stored = matrix_file.open_matrix(path, "t1")

    assert stored is not None
    assert list(stored.spans) == [(name, version, len(v)) for name, version, v in spans]
    written = np.concatenate([vectors for _, _, vectors in spans])
    assert stored.max_norm == pytest.approx(1, rel=1e-3)
    assert np.array_equal(stored.vectors[: len(written)], written)
