"""The inverted index against plain forms of both formulas, to the bit or to the last digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from ragtenancy.adapters.bm25.chunk_terms import ChunkTerms, chunk_terms
from ragtenancy.adapters.bm25.inverted_index import InvertedIndex
from ragtenancy.adapters.bm25.settling import settled
from ragtenancy.adapters.bm25.weights import DEFAULT, OKAPI
from ragtenancy.domain.ids import ChunkId

TERMS = st.sampled_from(["a", "b", "c", "d", "e", "rare"])
CHUNK = st.lists(TERMS, max_size=7)
CORPUS = st.dictionaries(st.integers(0, 9).map(str), CHUNK, max_size=6)
STEPS = st.lists(st.tuples(CORPUS, st.booleans()), max_size=5)
Corpus = dict[str, list[str]]


def follow(index: InvertedIndex, present: Corpus, wanted: Corpus, *, whole: bool) -> InvertedIndex:
    """Return the index after the chunks changed from one corpus to another."""
    gone = [chunk for chunk, terms in present.items() if wanted.get(chunk) != terms]
    come = [chunk for chunk, terms in wanted.items() if present.get(chunk) != terms]
    added = [chunk_terms(ChunkId(chunk), wanted[chunk]) for chunk in come]
    if whole:
        return settled(index, without=[ChunkId(chunk) for chunk in gone], added=added)
    for chunk in gone:
        index.remove(ChunkId(chunk))
    for terms in added:
        index.add(terms)
    return index


def followed(
    index: InvertedIndex, steps: list[tuple[Corpus, bool]]
) -> tuple[InvertedIndex, Corpus]:
    present: Corpus = {}
    for wanted, whole in steps:
        index.scores(["a", "b"])
        index = follow(index, present, wanted, whole=whole)
        present = wanted
    return index, present


def scores_by_chunk(index: InvertedIndex, question: list[str]) -> dict[str, float]:
    scores, rows = index.scores(question), index.rows.alive()
    found = zip(index.rows.names(rows), scores[rows].tolist(), strict=True)
    return dict(sorted(found))


def plain_bm25(corpus: Corpus, question: list[str]) -> dict[str, float]:
    total = len(corpus)
    mean = sum(map(len, corpus.values())) / max(1, total)
    scores = dict.fromkeys(sorted(corpus), 0.0)
    for term in question:
        holders = sum(term in terms for terms in corpus.values())
        idf = math.log(1 + (total - holders + 0.5) / (holders + 0.5))
        for chunk, terms in corpus.items():
            frequency = terms.count(term)
            if frequency:
                norm = 1.2 * (1 - 0.75 + 0.75 * len(terms) / mean)
                scores[chunk] += idf * (frequency * 2.2 / (frequency + norm))
    return scores


@settings(deadline=None)
@given(steps=STEPS, question=st.lists(TERMS, max_size=5))
def test_the_default_variant_is_the_plain_formula(
    steps: list[tuple[Corpus, bool]], question: list[str]
) -> None:
    index, corpus = followed(InvertedIndex(DEFAULT), steps)

    assert scores_by_chunk(index, question) == pytest.approx(plain_bm25(corpus, question))


@settings(deadline=None)
@given(steps=STEPS, last=CORPUS, question=st.lists(TERMS, max_size=5))
def test_okapi_is_rank_bm25_to_the_bit(
    steps: list[tuple[Corpus, bool]], last: Corpus, question: list[str]
) -> None:
    final = {**last, "x": ["a", "b", "b"]}  # rank_bm25 divides by zero without any term
    index, corpus = followed(InvertedIndex(OKAPI), [*steps, (final, False)])
    order = sorted(corpus)

    oracle = BM25Okapi([corpus[chunk] for chunk in order]).get_scores(question).tolist()

    assert scores_by_chunk(index, question) == dict(zip(order, oracle, strict=True))


@settings(deadline=None)
@given(steps=STEPS, question=st.lists(TERMS, max_size=5))
def test_history_leaves_no_trace_in_the_scores(
    steps: list[tuple[Corpus, bool]], question: list[str]
) -> None:
    index, corpus = followed(InvertedIndex(DEFAULT), steps)
    fresh = follow(InvertedIndex(DEFAULT), {}, corpus, whole=True)

    assert scores_by_chunk(index, question) == scores_by_chunk(fresh, question)


def test_settling_takes_the_words_of_removed_chunks_out_of_memory() -> None:
    index = InvertedIndex(DEFAULT)
    index.add(chunk_terms(ChunkId("1"), ["secret", "kept"]))
    index.add(chunk_terms(ChunkId("2"), ["kept"]))

    after = settled(index, without=[ChunkId("1")])

    assert after.vocabulary.terms() == ["kept"]
    assert after.rows.names(after.rows.alive()) == ["2"]


def test_an_index_asks_to_be_settled_once_its_young_part_is_large() -> None:
    index = InvertedIndex(DEFAULT)
    before = index.unsettled
    for number in range(600):
        index.add(chunk_terms(ChunkId(str(number)), [f"{number}-{term}" for term in range(8)]))

    assert (before, index.unsettled, settled(index).unsettled) == (False, True, False)


def test_counts_terms_by_first_appearance() -> None:
    assert chunk_terms(ChunkId("1"), ["b", "a", "b"]) == ChunkTerms(
        chunk_id=ChunkId("1"), terms=("b", "a"), frequencies=(2, 1), length=3
    )


def test_a_term_may_stand_thousands_of_times_in_a_chunk() -> None:
    index = InvertedIndex(DEFAULT)
    index.add(chunk_terms(ChunkId("1"), ["a"] * 70_000))
    index.add(chunk_terms(ChunkId("2"), ["b"]))

    assert scores_by_chunk(settled(index), ["a"]) == scores_by_chunk(index, ["a"])


def zipf_corpus(seed: int, total: int) -> Corpus:
    generator = np.random.default_rng(seed)
    return {
        f"{number:03}": [f"t{min(30, int(at))}" for at in generator.zipf(1.4, 12)]
        for number in range(total)
    }


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 99), total=st.integers(20, 80), changed=st.integers(0, 19))
def test_frequent_and_rare_terms_add_up_to_the_bit(seed: int, total: int, changed: int) -> None:
    question = [f"t{at}" for at in (1, 30, 7, 1, 2, 19, 4, 99)]
    old, corpus = zipf_corpus(seed + 1, total), zipf_corpus(seed, total)
    first = {**corpus, **{chunk: old[chunk] for chunk in sorted(old)[:changed]}}
    index = follow(InvertedIndex(DEFAULT), {}, first, whole=True)
    before = scores_by_chunk(index, question)

    follow(index, first, corpus, whole=False)

    assert before == plain_bm25(first, question)
    assert scores_by_chunk(index, question) == plain_bm25(corpus, question)
    assert scores_by_chunk(index, question[::-1]) == plain_bm25(corpus, question[::-1])


def test_kept_scores_are_those_of_their_question() -> None:
    index = follow(InvertedIndex(DEFAULT), {}, zipf_corpus(1, 40), whole=True)
    questions = [[f"t{number}", "t1"] for number in range(2, 9)]

    first = [scores_by_chunk(index, question) for question in questions]

    assert [scores_by_chunk(index, question) for question in questions] == first
    assert [scores_by_chunk(index, question) for question in questions[::-1]] == first[::-1]
