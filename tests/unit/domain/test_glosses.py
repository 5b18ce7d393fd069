"""Glosses: which language, which meaning, and what a glossed question asks for."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.content import Lexicon, Vocabulary
from ragtenancy.domain.glosses import (
    Entry,
    Gloss,
    Glossary,
    Glossed,
    choose,
    directions,
)
from ragtenancy.domain.languages import Language

EN, DE = Language.ENGLISH, Language.GERMAN
FILTER = Gloss([Glossed("Filter", ["filter"]), Glossed("wechseln", ["change", "replace", "swap"])])


def words(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


def terms(text: str) -> Sequence[str]:
    return SnowballAnalyzer().terms(text, "english")


def glossary(*entries: Entry) -> Glossary:
    return Glossary(entries, str, DE)


def test_the_longest_phrase_is_taken() -> None:
    made = glossary(Entry(["frei"], ["free"]), Entry(["frei haus"], ["carriage paid"]))

    assert made.gloss("Frei Haus").text == "carriage paid"
    assert made.gloss("frei").text == "free"


def test_the_last_part_of_a_compound_is_a_noun() -> None:
    made = glossary(Entry(["Tür"], ["door"], is_noun=True), Entry(["offen"], ["open"]))

    assert made.gloss("Türoffen").text == "Türoffen"


def test_words_of_one_form_share_their_meanings() -> None:
    made = glossary(Entry(["Bank"], ["bank"]), Entry(["Bank"], ["bench", "bank"]))

    assert list(made.gloss("Bank").words[0].meanings) == ["bank", "bench"]


def test_a_question_is_glossed_from_its_own_language() -> None:
    assert directions(DE) == [(DE, EN)]
    assert {said for said, _ in directions(EN)} == {EN}
    assert directions(Language.POLISH) == []
    assert len(directions(None)) == 6


def test_the_meaning_that_the_documents_hold_is_taken() -> None:
    gloss = choose([(EN, FILTER)], words, {"filter": 3, "replace": 1}, chunks=9, known=1)

    assert gloss is not None
    assert gloss.text == "filter replace"


def test_a_gloss_that_the_documents_hold_no_more_of_is_not_taken() -> None:
    assert choose([(EN, FILTER)], words, {"filter": 3}, chunks=9, known=1) is None


def test_english_is_glossed_only_for_documents_in_the_language() -> None:
    gloss = Gloss([Glossed("network", ["red"])])
    spanish = {"red": 4, "según": 2}

    assert choose([(Language.SPANISH, gloss)], words, {"red": 4}, chunks=9, known=0) is None
    assert choose([(Language.SPANISH, gloss)], words, spanish, chunks=9, known=0) is not None


def test_a_clause_has_the_gloss_of_its_words() -> None:
    reading = Reading("Filter wechseln", 0.5, FILTER)

    assert reading.within("nur wechseln").gloss == Gloss(FILTER.words[1:])


def test_a_word_with_several_meanings_is_one_term() -> None:
    statistics = TermStatistics(chunks=9, frequency={"filter": 3, "chang": 1})
    vocabulary = Vocabulary(Lexicon(terms), statistics)

    asked = vocabulary.weighted([Reading("Filter wechseln", gloss=FILTER)])

    assert set(asked.weights) == {"filter", "chang"}
    assert asked.share_unknown == 0
    assert 0 < asked.credit("chang", {"swap"}) < asked.credit("chang", {"chang"})


def test_a_compound_has_at_most_three_parts() -> None:
    made = glossary(Entry(["Tag"], ["day"], is_noun=True))

    assert made.gloss("TagTagTag").text == "day day day"
    assert made.gloss("TagTagTagTag").text == "TagTagTagTag"
