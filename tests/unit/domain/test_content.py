"""What words stand for the terms of a question."""

from __future__ import annotations

import pytest

from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.content import NEAR, SAME, WITHIN, Lexicons, WeightedTerms
from tests.factories import ACME, GLOBEX

SYNONYMS = {"cost": frozenset({"price"})}


def terms(unknown: str = "") -> WeightedTerms:
    names = ["cost", *unknown.split()]
    return WeightedTerms(dict.fromkeys(names, 1.0), SYNONYMS, frozenset(unknown.split()))


@pytest.mark.parametrize(
    ("unknown", "held", "credit"),
    [
        ("", "cost", 1.0),
        ("", "price", SAME),
        ("", "costs", 0.0),
        ("refund", "refunds", 1.0),
        ("refund", "refnud", NEAR),
        ("refund", "refundpolicy", WITHIN),
        ("refund", "parcel", 0.0),
    ],
)
def test_a_word_counts_by_its_likeness(unknown: str, held: str, credit: float) -> None:
    term = unknown or "cost"

    assert terms(unknown).credit(term, {held, "lunch"}) == credit


def test_the_likest_word_counts() -> None:
    assert terms().credit("cost", {"price", "cost"}) == 1.0
    assert terms("refund").credit("refund", {"refundpolicy", "refnud"}) == NEAR


def test_coverage_is_the_share_of_the_weight() -> None:
    assert terms("refund").coverage({"cost"}) == 0.5


def test_a_text_is_analysed_once_for_each_tenant() -> None:
    analysed: list[str] = []

    def cut(text: str, _language: str) -> list[str]:
        analysed.append(text)
        return text.split()

    lexicons = Lexicons(cut)

    for scope in (ACME, GLOBEX, ACME):
        lexicons.vocabulary(scope, "english", TermStatistics()).of("one text")

    assert analysed == ["one text", "one text"]


def test_what_is_kept_of_a_tenant_is_forgotten() -> None:
    lexicons = Lexicons(lambda text, _language: text.split())
    lexicons.vocabulary(ACME, "english", TermStatistics()).of("one text")
    lexicons.vocabulary(GLOBEX, "english", TermStatistics()).of("one text")

    lexicons.forget(ACME)

    assert len(lexicons.recent) == 1


def test_a_mistyped_synonym_is_understood() -> None:
    lexicons = Lexicons(lambda text, _language: text.lower().split())
    vocabulary = lexicons.vocabulary(ACME, "english", TermStatistics())

    weighted = vocabulary.weighted([Reading("prcie")])

    assert weighted.synonyms["prcie"]
