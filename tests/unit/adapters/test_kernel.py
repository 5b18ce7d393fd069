"""The loops give numpy's bits, compiled and as they are written."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.bm25.chunk_terms import chunk_terms
from ragtenancy.adapters.bm25.highest import highest_rows
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex
from ragtenancy.adapters.bm25.kernel import PLAIN, QUESTIONS_BEFORE, Kernel, KernelSource
from ragtenancy.adapters.bm25.loops import Floats, Places
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


def ranked(found: tuple[Places, Floats], limit: int) -> list[tuple[float, int]]:
    rows, scores = found
    return sorted(zip((-scores).tolist(), rows.tolist(), strict=True))[:limit]


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 999),
    total=st.integers(1, 90) | st.integers(500, 600),
    changes=st.integers(0, 19),
    asked=st.lists(st.integers(1, 42), max_size=8),
    limit=st.integers(1, 30),
)
def test_a_kernel_finds_what_scanning_finds_to_the_bit(
    kernel: Kernel, seed: int, total: int, changes: int, asked: list[int], limit: int
) -> None:
    terms = [f"t{number}" for number in asked]
    index = changed_index(DEFAULT, seed, total, min(changes, total))
    pruned = index.pruned(kernel)
    assert pruned is not None

    scores = index.scores(terms)
    rows = highest_rows(scores, limit)
    found = pruned.best(index, terms, limit, kernel)
    alive = np.array(index.rows.alive(), np.int64)

    assert ranked(found, limit) == ranked((rows, scores[rows]), limit)
    assert (found[1] > 0).all()
    assert pruned.scores_of(index, terms, alive, kernel).tobytes() == scores[alive].tobytes()


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 99), limit=st.integers(1, 9))
def test_a_kernel_keeps_ties(kernel: Kernel, seed: int, limit: int) -> None:
    generator = np.random.default_rng(seed)
    chunks = [
        chunk_terms(ChunkId(f"{number:05}"), ["a", "b", "c"][: generator.integers(1, 4)])
        for number in range(40)
    ]
    index = settled(InvertedIndex(DEFAULT), added=chunks)
    pruned = index.pruned(kernel)
    assert pruned is not None

    scores = index.scores(["b", "c", "b"])
    rows, found = pruned.best(index, ["b", "c", "b"], limit, kernel)

    least = max(np.sort(scores)[-limit], 1e-300)
    assert set(rows.tolist()) >= set(np.flatnonzero(scores >= least).tolist())
    assert found.tobytes() == scores[rows].tobytes()


def test_questions_one_after_another_leave_no_trace(kernel: Kernel) -> None:
    index, fresh = (changed_index(DEFAULT, 3, 300, 9) for _ in range(2))
    pruned, again = index.pruned(kernel), fresh.pruned(kernel)
    assert pruned is not None
    assert again is not None
    for number in range(2, 40):
        pruned.best(index, [f"t{number}", "t1"], 5, kernel)
    index.remove(ChunkId("00100"))
    fresh.remove(ChunkId("00100"))

    mine = pruned.best(index, ["t2", "t7", "t30"], 10, kernel)
    theirs = again.best(fresh, ["t2", "t7", "t30"], 10, kernel)

    assert ranked(mine, 10) == ranked(theirs, 10)


@pytest.mark.parametrize(
    "index",
    [
        InvertedIndex(DEFAULT),
        changed_index(OKAPI, 1, 20, 0),
        settled(InvertedIndex(DEFAULT), added=[chunk_terms(ChunkId("1"), ["a"] * 256)]),
    ],
    ids=["empty", "okapi", "a term 256 times"],
)
def test_what_a_kernel_cannot_do_is_scanned(index: InvertedIndex) -> None:
    assert index.pruned(PLAIN) is None


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
