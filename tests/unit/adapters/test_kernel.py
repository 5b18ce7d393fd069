"""The loops give numpy's bits, compiled and as they are written."""

from __future__ import annotations

import importlib.util

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.bm25.chunk_terms import chunk_terms
from ragtenancy.adapters.bm25.highest import highest_rows
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex, Scores
from ragtenancy.adapters.bm25.kernel import PLAIN, QUESTIONS_BEFORE, Kernel, KernelSource
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
        return PLAIN
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


def best(scores: Scores, rows: npt.NDArray[np.int64], limit: int) -> list[tuple[float, int]]:
    return sorted((-float(scores[row]), int(row)) for row in rows.tolist())[:limit]


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999),
    total=st.integers(20, 90) | st.integers(2_040, 2_060),
    changes=st.integers(0, 19),
    parameters=st.sampled_from([DEFAULT, OKAPI]),
    asked=st.lists(st.integers(1, 42), max_size=8),
    limit=st.integers(1, 30),
)
def test_a_kernel_gives_the_bits_of_numpy(
    kernel: Kernel,
    seed: int,
    total: int,
    changes: int,
    parameters: Parameters,
    asked: list[int],
    limit: int,
) -> None:
    terms = [f"t{number}" for number in asked]
    index = changed_index(parameters, seed, total, changes)
    again = changed_index(parameters, seed, total, changes)

    mine, theirs = index.scores(terms), again.scores(terms, kernel=kernel)
    found = best(mine, highest_rows(mine, limit), limit)
    same = best(theirs, kernel.highest_rows(theirs, limit), limit)

    assert mine.tobytes() == theirs.tobytes()
    assert found == same


@settings(deadline=None)
@given(
    seed=st.integers(0, 99),
    count=st.integers(0, 700),
    limit=st.integers(1, 80),
    kinds=st.integers(1, 50),
)
def test_a_kernel_finds_the_highest(
    kernel: Kernel, seed: int, count: int, limit: int, kinds: int
) -> None:
    generator = np.random.default_rng(seed)
    scores = generator.integers(-3, kinds + 1, count) / 7.0
    scores[generator.random(count) < 0.1] = -np.inf

    rows = kernel.highest_rows(scores, limit).tolist()

    least = np.sort(scores)[-limit] if count >= limit else -np.inf
    assert rows == np.flatnonzero((scores >= least) & (scores > 0)).tolist()


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
