"""Citations: each marker's source and the words that it points to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.domain.citations import Quotable, citations
from tests.passages import passage

TEXT = "Refunds take 30 days. Reports are shared by e-mail.\nThe fee is 12.50 EUR per month."


def test_the_quote_is_the_sentence_that_shares_most_with_the_statement() -> None:
    (found,) = citations("You pay a fee of 12.50 EUR [1].", [passage(TEXT, 1)])

    assert found.quote == "The fee is 12.50 EUR per month."
    assert found.marker == (27, 30)


def test_each_marker_takes_the_statement_before_it() -> None:
    answer = "Refunds take 30 days [1]. Reports are shared [1]."

    quotes = [each.quote for each in citations(answer, [passage(TEXT, 1)])]

    assert quotes == ["Refunds take 30 days.", "Reports are shared by e-mail."]


def test_neighbouring_markers_share_a_statement() -> None:
    two = [passage(TEXT, 1), passage("The fee: 12.50 EUR. Ask Kim.", 2)]

    quotes = [each.quote for each in citations("The fee is 12.50 EUR [1][2].", two)]

    assert quotes == ["The fee is 12.50 EUR per month.", "The fee: 12.50 EUR."]


def test_the_range_counts_from_the_start_of_the_stored_text() -> None:
    placed = structs.replace(passage(TEXT, 1), range=(100, 100 + len(TEXT)))

    (found,) = citations("Reports are shared by e-mail [1].", [placed])

    assert found.range is not None
    assert TEXT[found.range[0] - 100 : found.range[1] - 100] == found.quote


def test_an_unknown_place_gives_no_range() -> None:
    (found,) = citations(
        "Refunds take 30 days [1].", [structs.replace(passage(TEXT, 1), range=None)]
    )

    assert found.range is None


def test_numbers_that_name_no_source_are_no_citations() -> None:
    assert citations("See [7] and [note].", [passage(TEXT, 1)]) == []


@given(st.text(), st.text())
def test_a_quote_stands_word_for_word_at_its_offset(statement: str, passage: str) -> None:
    at, quote = Quotable(passage).closest(frozenset(statement.split()))

    assert passage[at : at + len(quote)] == quote
