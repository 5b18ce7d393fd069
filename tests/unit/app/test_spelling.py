"""Correcting a word that no document contains to its neighbour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.container import Container
from ragtenancy.domain.edit_distance import is_word, nearest, one_edit_apart
from ragtenancy.engines.lexical.vocabulary import TermDictionary, Vocabulary
from tests.unit.app.conftest import Installation

WORDS = {"refund": 3, "invoic": 2, "payment": 5, "refunt": 1, "err4021": 1, "возврат": 1}
WORD = st.text("abcdé€😀", max_size=8)


def holders(term: str) -> int:
    return WORDS.get(term, 0)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("refnud", "refund"),
        ("rfund", "refund"),
        ("reefund", "refund"),
        ("pefund", "refund"),
        ("refunx", "refund"),  # refunt is as near, and rarer
        ("paymnet", "payment"),
        ("возрат", "возврат"),
        ("voucher", "voucher"),
    ],
)
def test_a_word_is_read_as_its_neighbour(typed: str, read: str) -> None:
    assert nearest(typed, WORDS, holders) == read


@pytest.mark.parametrize(
    ("term", "expected"), [("refund", True), ("err4021", False), ("pay", False), ("x" * 33, False)]
)
def test_identifiers_and_short_words_are_not_corrected(term: str, *, expected: bool) -> None:
    assert is_word(term) is expected


def plainly_one_edit_apart(one: str, other: str) -> bool:
    letters = {*one, *other}
    edits = {one[:at] + one[at + 1 :] for at in range(len(one))}
    edits |= {one[:at] + c + one[at:] for at in range(len(one) + 1) for c in letters}
    edits |= {one[:at] + c + one[at + 1 :] for at in range(len(one)) for c in letters}
    edits |= {one[:at] + one[at + 1] + one[at] + one[at + 2 :] for at in range(len(one) - 1)}
    return other in edits - {one}


@given(one=WORD, other=WORD)
def test_edits_match_an_exhaustive_search(one: str, other: str) -> None:
    assert one_edit_apart(one, other) == plainly_one_edit_apart(one, other)


@given(word=WORD.filter(bool), others=st.sets(WORD.filter(bool)), young=st.sets(WORD.filter(bool)))
def test_no_neighbour_is_overlooked(word: str, others: set[str], young: set[str]) -> None:
    vocabulary = Vocabulary(TermDictionary.of(sorted(others)), sorted(young - others))

    near = {other for other in others | young if one_edit_apart(word, other)}
    if word.isascii():
        near = {other for other in near if other.isascii()}
    assert near <= set(vocabulary.similar(word))


async def test_a_mistyped_word_is_searched_and_explained_as_meant(container: Container) -> None:
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope, "Vouchers expire in May.", filename="vouchers.txt")
    await installation.ingest(scope, "Refunds are paid in June.", filename="refunds.txt")

    [plain, *_] = (await installation.search(scope, "reefunds")).hits
    [explained, *_] = (await installation.search(scope, "reefunds", explain=True)).hits

    assert plain.source.filename == explained.source.filename == "refunds.txt"
    assert explained.explanation is not None
    [term] = explained.explanation.terms
    assert (term.term, term.contribution) == ("refund", plain.source.scores.bm25)


async def test_a_corrected_word_is_found_once_a_document_contains_it(container: Container) -> None:
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope, "Refunds are paid in June.", filename="refunds.txt")
    await installation.search(scope, "defund")
    await installation.ingest(scope, "They defund it.", filename="defund.txt")

    [hit, *_] = (await installation.search(scope, "defund")).hits

    assert hit.source.filename == "defund.txt"
