"""The loop gives numpy's bits, compiled and as it is written."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.bm25.chunk_terms import chunk_terms
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex
from ragtenancy.adapters.bm25.kernel import QUESTIONS_BEFORE, Kernel, KernelSource
from ragtenancy.adapters.bm25.loops import add_terms
from ragtenancy.adapters.bm25.settling import settled
from ragtenancy.adapters.bm25.weights import DEFAULT, OKAPI, Parameters
from ragtenancy.domain.ids import ChunkId

WITHOUT_NUMBA = importlib.util.find_spec("numba") is None
KINDS = [
    "plain",
    pytest.param("compiled", marks=pytest.mark.skipif(WITHOUT_NUMBA, reason="needs numba")),
]


@pytest.fixture(scope="module", params=KINDS)
def kernel(request: pytest.FixtureRequest) -> Kernel:
    if request.param == "plain":
        return add_terms
    source = KernelSource()
    source.start()
    compiled = source.wait()
    assert compiled is not None
    return compiled


def changed_index(parameters: Parameters, seed: int, total: int, changes: int) -> InvertedIndex:
    """Return an index with a segment, a tail and tombstones."""
    generator = np.random.default_rng(seed)
    chunks = [
        chunk_terms(
            ChunkId(f"{number:05}"), [f"t{min(40, int(at))}" for at in generator.zipf(1.3, 15)]
        )
        for number in range(total + changes)
    ]
    index = settled(InvertedIndex(parameters), added=chunks[:total])
    for number in range(changes):
        index.remove(chunks[number].chunk_id)
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


def test_a_process_of_few_questions_compiles_nothing() -> None:
    source = KernelSource()

    given_out = [source.asked() for _ in range(QUESTIONS_BEFORE)]

    assert not any(given_out)
    assert source.wait() is None


def test_a_process_that_goes_on_asking_gets_the_kernel_if_there_is_one() -> None:
    source = KernelSource()

    for _ in range(QUESTIONS_BEFORE + 1):
        source.asked()

    assert (source.wait() is None) is WITHOUT_NUMBA
    assert source.asked() is source.kernel
