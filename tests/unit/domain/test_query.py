"""Questions and the identifiers in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.query import Query, holds_identifier, identifiers

TOKENS = st.from_regex(r"\A[A-Z]{2,6}-[0-9]{2,5}\Z")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_question_without_text_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        Query(text=text, top_k=5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What does ERR-4021 mean?", ("err-4021",)),
        ("since v2.3.1, or 2024", ("v2.3.1", "2024")),
        ('the "Refund Window" of 10 days', ("refund window",)),
        ("die „Frist“ und «délai»", ("frist", "délai")),
        ("ERR-4021 and err-4021", ("err-4021",)),
        ("is it 42?", ()),
        ("plain words alone", ()),
        ('an empty ""', ()),
    ],
)
def test_finds_identifiers(text: str, found: tuple[str, ...]) -> None:
    assert identifiers(text) == found
    assert Query(text=text, top_k=5).identifiers == found


@pytest.mark.parametrize(
    ("text", "wanted", "held"),
    [
        ("Error ERR-4021: no such thing", "err-4021", True),
        ("Error ERR-40215", "err-4021", False),
        ("XERR-4021", "err-4021", False),
        ("ERR-40211, then (ERR-4021).", "err-4021", True),
        ("The STRASSE", "straße".casefold(), True),
        ("nothing", "err-4021", False),
    ],
)
def test_an_identifier_is_held_as_a_whole(text: str, wanted: str, *, held: bool) -> None:
    assert holds_identifier(text, [wanted]) is held


def test_no_identifier_is_held_when_none_is_wanted() -> None:
    assert not holds_identifier("any text", [])


@given(token=TOKENS, before=st.text(max_size=9), after=st.text(max_size=9))
def test_a_question_finds_the_text_that_holds_its_identifier(
    token: str, before: str, after: str
) -> None:
    wanted = identifiers(f"what is {token} ?")

    assert wanted == (token.casefold(),)
    assert holds_identifier(f"{before} {token} {after}", wanted)


@given(text=st.text(max_size=200))
def test_identifiers_are_folded_and_without_repeats(text: str) -> None:
    found = identifiers(text)

    assert len(set(found)) == len(found)
    assert all(identifier == identifier.strip() != "" for identifier in found)
