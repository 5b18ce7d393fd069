"""The inverted index against naive forms of both formulas, to the bit or to the last digits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from ragtenancy.engines.lexical.bm25 import DEFAULT, OKAPI, Parameters
from ragtenancy.engines.lexical.inverted_index import InvertedIndex
from ragtenancy.engines.lexical.postings import TermCounts, count_terms

TERMS = st.sampled_from(["a", "b", "c", "d", "e", "rare"])
CHUNK = st.lists(TERMS, max_size=7)
CORPUS = st.dictionaries(st.integers(0, 9).map(str), CHUNK, max_size=6)
STEPS = st.lists(st.tuples(CORPUS, st.booleans()), max_size=5)
Corpus = dict[str, list[str]]


class Followed:
    """An index that follows a corpus, with the row of each chunk."""

    def __init__(self, parameters: Parameters) -> None:
        self.rows: dict[str, int] = {}
        self.index = InvertedIndex(parameters, row_order=self._by_name)

    def follow(self, present: Corpus, wanted: Corpus, *, whole: bool) -> Followed:
        """Change the chunks from one corpus to another, by a merge or one by one."""
        gone = [chunk for chunk, terms in present.items() if wanted.get(chunk) != terms]
        come = [chunk for chunk, terms in wanted.items() if present.get(chunk) != terms]
        added = [count_terms(wanted[chunk]) for chunk in come]
        removed = [self.rows.pop(chunk) for chunk in gone]
        if whole:
            self.index = self.index.merged(without=removed, added=added, row_order=self._by_name)
            kept = sorted(self.rows, key=self.rows.__getitem__)
            self.rows = {chunk: row for row, chunk in enumerate([*kept, *come])}
            return self
        for row in removed:
            self.index.remove(row)
        for chunk, terms in zip(come, added, strict=True):
            self.rows[chunk] = self.index.add(terms)
        return self

    def scores(self, query: list[str]) -> dict[str, float]:
        """Return BM25 by chunk."""
        scores = self.index.scores(query)
        return {chunk: float(scores[row]) for chunk, row in sorted(self.rows.items())}

    def _by_name(self) -> Sequence[int]:
        return [row for _, row in sorted(self.rows.items())]


def followed(parameters: Parameters, steps: list[tuple[Corpus, bool]]) -> tuple[Followed, Corpus]:
    index, present = Followed(parameters), Corpus()
    for wanted, whole in steps:
        index.index.scores(["a", "b"])
        index.follow(present, wanted, whole=whole)
        present = wanted
    return index, present


def naive_bm25(corpus: Corpus, query: list[str]) -> dict[str, float]:
    total = len(corpus)
    mean = sum(map(len, corpus.values())) / max(1, total)
    scores = dict.fromkeys(sorted(corpus), 0.0)
    for term in query:
        document_frequency = sum(term in terms for terms in corpus.values())
        idf = math.log(1 + (total - document_frequency + 0.5) / (document_frequency + 0.5))
        for chunk, terms in corpus.items():
            frequency = terms.count(term)
            if frequency:
                norm = 1.2 * (1 - 0.75 + 0.75 * len(terms) / mean)
                scores[chunk] += idf * (frequency * 2.2 / (frequency + norm))
    return scores


@settings(deadline=None)
@given(steps=STEPS, query=st.lists(TERMS, max_size=5))
def test_the_default_variant_is_the_formula(
    steps: list[tuple[Corpus, bool]], query: list[str]
) -> None:
    index, corpus = followed(DEFAULT, steps)

    assert index.scores(query) == pytest.approx(naive_bm25(corpus, query))


@settings(deadline=None)
@given(steps=STEPS, last=CORPUS, query=st.lists(TERMS, max_size=5))
def test_okapi_is_rank_bm25_to_the_bit(
    steps: list[tuple[Corpus, bool]], last: Corpus, query: list[str]
) -> None:
    final = {**last, "x": ["a", "b", "b"]}  # rank_bm25 divides by zero without any term
    index, corpus = followed(OKAPI, [*steps, (final, False)])
    order = sorted(corpus)

    oracle = BM25Okapi([corpus[chunk] for chunk in order]).get_scores(query).tolist()

    assert index.scores(query) == dict(zip(order, oracle, strict=True))


@settings(deadline=None)
@given(steps=STEPS, query=st.lists(TERMS, max_size=5))
def test_history_leaves_no_trace_in_the_scores(
    steps: list[tuple[Corpus, bool]], query: list[str]
) -> None:
    index, corpus = followed(DEFAULT, steps)
    fresh = Followed(DEFAULT).follow({}, corpus, whole=True)

    assert index.scores(query) == fresh.scores(query)


def test_a_merge_takes_the_terms_of_removed_chunks_out_of_memory() -> None:
    index = Followed(DEFAULT).follow({}, {"1": ["secret", "kept"], "2": ["kept"]}, whole=False)

    index.follow({"1": ["secret", "kept"], "2": ["kept"]}, {"2": ["kept"]}, whole=True)

    assert index.index.vocabulary.terms() == ["kept"]
    assert (index.rows, index.index.total_rows) == ({"2": 0}, 1)


def test_an_index_asks_for_a_merge_once_its_buffer_is_large() -> None:
    index = InvertedIndex(DEFAULT)
    before = index.needs_merge
    for number in range(600):
        index.add(count_terms([f"{number}-{term}" for term in range(8)]))

    assert (before, index.needs_merge, index.merged().needs_merge) == (False, True, False)


def test_counts_terms_by_first_appearance() -> None:
    assert count_terms(["b", "a", "b"]) == TermCounts(
        terms=("b", "a"), frequencies=(2, 1), length=3
    )


def test_a_chunk_may_contain_a_term_thousands_of_times() -> None:
    index = InvertedIndex(DEFAULT)
    index.add(count_terms(["a"] * 70_000))
    index.add(count_terms(["b"]))

    assert index.merged().scores(["a"]).tolist() == index.scores(["a"]).tolist()


def zipf_corpus(seed: int, total: int) -> Corpus:
    generator = np.random.default_rng(seed)
    return {
        f"{number:03}": [f"t{min(30, int(at))}" for at in generator.zipf(1.4, 12)]
        for number in range(total)
    }


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 99), total=st.integers(20, 80), changed=st.integers(0, 19))
def test_frequent_and_rare_terms_add_up_to_the_bit(seed: int, total: int, changed: int) -> None:
    query = [f"t{at}" for at in (1, 30, 7, 1, 2, 19, 4, 99)]
    old, corpus = zipf_corpus(seed + 1, total), zipf_corpus(seed, total)
    first = {**corpus, **{chunk: old[chunk] for chunk in sorted(old)[:changed]}}
    index = Followed(DEFAULT).follow({}, first, whole=True)
    before = index.scores(query)

    index.follow(first, corpus, whole=False)

    assert before == naive_bm25(first, query)
    assert index.scores(query) == naive_bm25(corpus, query)
    assert index.scores(query[::-1]) == naive_bm25(corpus, query[::-1])


def test_cached_scores_are_those_of_their_query() -> None:
    index = Followed(DEFAULT).follow({}, zipf_corpus(1, 40), whole=True)
    queries = [[f"t{number}", "t1"] for number in range(2, 9)]

    first = [index.scores(query) for query in queries]

    assert [index.scores(query) for query in queries] == first
    assert [index.scores(query) for query in queries[::-1]] == first[::-1]
