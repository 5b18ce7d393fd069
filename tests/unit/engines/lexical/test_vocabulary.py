"""Term ids from dictionaries that open without being read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.engines.lexical.vocabulary import TermDictionary, Vocabulary

WORDS = st.lists(st.text(max_size=5), unique=True, max_size=30)


@given(old=WORDS, asked=WORDS)
def test_term_ids_are_ranks(old: list[str], asked: list[str]) -> None:
    dictionary = TermDictionary.of(sorted(old))
    ranks = {term: rank for rank, term in enumerate(sorted(old))}

    assert dictionary.terms() == sorted(old)
    assert [dictionary.term_id(term) for term in [*old, *asked]] == [
        ranks.get(term, -1) for term in [*old, *asked]
    ]


def test_half_a_surrogate_pair_is_a_term_like_any_other() -> None:
    dictionary = TermDictionary.of(["a", "\ud800"])

    assert (dictionary.term_id("\ud800"), dictionary.terms()) == (1, ["a", "\ud800"])


@given(old=WORDS, new=WORDS)
def test_new_terms_take_the_next_ids(old: list[str], new: list[str]) -> None:
    vocabulary = Vocabulary(TermDictionary.of(sorted(old)))
    before = vocabulary.copy()

    term_ids = [vocabulary.add(term) for term in new]

    assert [vocabulary.terms()[term_id] for term_id in term_ids] == new
    assert [vocabulary.term_id(term) for term in new] == term_ids
    assert vocabulary.terms() == [*sorted(old), *(term for term in new if term not in old)]
    assert before.terms() == sorted(old)
