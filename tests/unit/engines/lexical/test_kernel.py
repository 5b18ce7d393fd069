"""The kernel gives numpy's bits, compiled and interpreted."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.engines.lexical.bm25 import (
    DEFAULT,
    OKAPI,
    QUERIES_BEFORE_COMPILING,
    Kernel,
    KernelLoader,
    Parameters,
    add_terms,
)
from ragtenancy.engines.lexical.inverted_index import InvertedIndex
from ragtenancy.engines.lexical.postings import count_terms

WITHOUT_NUMBA = importlib.util.find_spec("numba") is None
KINDS = [
    "plain",
    pytest.param("compiled", marks=pytest.mark.skipif(WITHOUT_NUMBA, reason="needs numba")),
]


@pytest.fixture(scope="module", params=KINDS)
def kernel(request: pytest.FixtureRequest) -> Kernel:
    if request.param == "plain":
        return add_terms
    loader = KernelLoader()
    loader.start()
    compiled = loader.wait()
    assert compiled is not None
    return compiled


def changed_index(parameters: Parameters, seed: int, total: int, changes: int) -> InvertedIndex:
    """Return an index with a segment, a write buffer and tombstones."""
    generator = np.random.default_rng(seed)
    chunks = [
        count_terms([f"t{min(40, int(at))}" for at in generator.zipf(1.3, 15)])
        for _ in range(total + changes)
    ]
    index = InvertedIndex(parameters).merged(added=chunks[:total])
    for number in range(changes):
        index.remove(number)
        index.add(chunks[total + number])
    return index


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999),
    total=st.integers(20, 90) | st.integers(2_040, 2_060),
    changes=st.integers(0, 19),
    parameters=st.sampled_from([DEFAULT, OKAPI]),
    asked=st.lists(st.integers(1, 42), max_size=8),
)
def test_a_kernel_gives_the_bits_of_numpy(
    kernel: Kernel, seed: int, total: int, changes: int, parameters: Parameters, asked: list[int]
) -> None:
    terms = [f"t{number}" for number in asked]
    index = changed_index(parameters, seed, total, changes)
    again = changed_index(parameters, seed, total, changes)

    assert index.scores(terms).tobytes() == again.scores(terms, kernel=kernel).tobytes()


def test_a_process_of_few_queries_compiles_nothing() -> None:
    loader = KernelLoader()

    given_out = [loader.count_query() for _ in range(QUERIES_BEFORE_COMPILING)]

    assert not any(given_out)
    assert loader.wait() is None


def test_a_long_lived_process_gets_the_kernel_if_numba_is_there() -> None:
    loader = KernelLoader()

    for _ in range(QUERIES_BEFORE_COMPILING + 1):
        loader.count_query()

    assert (loader.wait() is None) is WITHOUT_NUMBA
    assert loader.count_query() is loader.kernel
