from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.pdf.wording import joined, vocabulary

ENGLISH = "the offer of the firm is there and it was for all"
GERMAN = "der Preis und die Tür ist nicht das Haus von zusammen arbeiten für den"
FRENCH = "les clients sont une partie des dans le contrat est pour"


def joined_in(text: str, *lines: str) -> str:
    return joined(lines, vocabulary([text, *lines]))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("the pay-", "ment is due", "the payment is due"),
        ("our soft\u00ad", "ware", "our software"),
        ("a rea\u2010", "soning", "a reasoning"),
        ("an up-to-", "date list", "an up-to-date list"),
        ("the web-", "based shop", "the web-based shop"),
        ("a user-", "centric view", "a user-centric view"),
        ("they were un-", "aware", "they were unaware"),
        ("by e-", "mail", "by e-mail"),
        ("part XK-", "4711 is", "part XK-4711 is"),
        ("in 2019-", "2021", "in 2019-2021"),
        ("call +49 431 55-", "1234", "call +49 431 55-1234"),
        ("Clara-", "Zetkin-Straße 4", "Clara-Zetkin-Straße 4"),
        ("any-", "thing any of the thing", "anything any of the thing"),
        ("OUR TERMS OF PAY-", "MENT", "OUR TERMS OF PAYMENT"),
        ("short- and long-", "term loans", "short- and long-term loans"),
        ("a stone – ", "or a brick", "a stone – or a brick"),
        ("from 3\u2013", "5 o'clock", "from 3\u20135 o'clock"),
        ("and/", "or", "and/or"),
    ],
)
def test_a_hyphen_at_a_line_end(before: str, after: str, expected: str) -> None:
    assert joined_in(ENGLISH, before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a well-", "known name", "a well-known name"),
        ("a well\u2010", "spring", "a wellspring"),
        ("to re-", "examine", "to re-examine"),
        ("in- and out-", "or input", "in- and out- or input"),
    ],
)
def test_breaks_that_the_typesetter_marked_need_no_words(
    before: str, after: str, expected: str
) -> None:
    assert joined_in("a user-centric view for all peo\u2010", before, after) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ("", "fulltime"),
        ("a full-time post", "full-time"),
        ("the time is full", "full-time"),
        ("a fulltime post", "fulltime"),
        ("a full-time, or fulltime post", "fulltime"),
    ],
)
def test_the_words_of_the_document_decide(known: str, expected: str) -> None:
    assert joined(["full-", "time"], vocabulary([ENGLISH, known])) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("der Ver-", "trag gilt", "der Vertrag gilt"),
        ("die Haus-", "tür", "die Haustür"),
        ("zusammen-", "arbeiten", "zusammenarbeiten"),
        ("Hin- und", "Rückfahrt", "Hin- und Rückfahrt"),
        ("Hin-", "und Rückfahrt", "Hin- und Rückfahrt"),
        ("in Baden-Würt-", "temberg", "in Baden-Württemberg"),
        ("Ost-", "West-Handel", "Ost-West-Handel"),
        ("Mitarbeiter/Mitarbei-", "terin", "Mitarbeiter/Mitarbeiterin"),
    ],
)
def test_german_compounds_are_closed(before: str, after: str, expected: str) -> None:
    assert joined_in(GERMAN, before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("le loca-", "taire", "le locataire"),
        ("adressez-", "vous à", "adressez-vous à"),
        ("a-t-", "il payé", "a-t-il payé"),
        ("vis-à-", "vis", "vis-à-vis"),
    ],
)
def test_french_pronouns_keep_their_hyphen(before: str, after: str, expected: str) -> None:
    assert joined_in(FRENCH, before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("write to info@boat-", "house.example.org today", "info@boat-house.example.org"),
        ("write to mary-", "jane@example.org", "mary-jane@example.org"),
        ("write to jane@", "example.org today", "jane@example.org"),
        ("write to jane@example.", "org, please", "jane@example.org,"),
        ("see https://example.org/price-", "list.html", "https://example.org/price-list.html"),
        ("see https://example.org/", "a/b.html for", "https://example.org/a/b.html"),
        ("see https://example.org/?q=", "boat now", "https://example.org/?q=boat"),
        ("see www.boat-", "house.example.org", "www.boat-house.example.org"),
        ("see https://example.org/", "for the rest", "https://example.org/ for"),
        ("DE89 3704 0044", "0532 0130 00", "DE89 3704 0044 0532 0130 00"),
    ],
)
def test_an_address_is_never_altered(before: str, after: str, expected: str) -> None:
    assert expected in joined_in(ENGLISH, before, after)


def test_lines_without_hyphens_are_parted_by_a_space() -> None:
    assert joined(["one", "two ", " three"], vocabulary([])) == "one two three"


@given(st.lists(st.text(max_size=20), max_size=6))
def test_joining_loses_nothing_but_hyphens(lines: list[str]) -> None:
    text = joined(lines, vocabulary(lines))

    kept = "".join("".join(lines).split())
    hyphens = str.maketrans("", "", "-\u2010\u00ad")
    assert "".join(text.split()).translate(hyphens) == kept.translate(hyphens)
