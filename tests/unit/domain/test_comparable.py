"""The form in which texts are compared."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.comparable import comparable, ungrouped
from ragtenancy.domain.content import Lexicon
from ragtenancy.domain.identifiers import identifiers_in, missing
from ragtenancy.domain.numbers import held_numbers
from ragtenancy.domain.query import holds_phrase, lexical_text

GROUPED = [
    "7,340,500", "7.340.500", "7'340'500", "7\u2019340\u2019500", "7\u00b4340\u00b4500", "7 340 500",
    "7\u00a0340\u00a0500", "7\u2009340\u2009500", "7\u202f340\u202f500", "7\u2007340\u2007500",
    "\uff17\uff13\uff14\uff10\uff15\uff10\uff10", "\uff17\uff0c\uff13\uff14\uff10\uff0c\uff15\uff10\uff10",
    "\u0667\u0663\u0664\u0660\u0665\u0660\u0660", "\u0667\u066c\u0663\u0664\u0660\u066c\u0665\u0660\u0660",
    "\u06f7\u06f3\u06f4\u06f0\u06f5\u06f0\u06f0", "\u096d\u0969\u096a\u0966\u096b\u0966\u0966", "73,40,500",
]  # fmt: skip
CODES = [
    "NX-7731", "nx-7731", "NX\u20117731", "NX\u20137731", "NX\u22127731", "NX\ufe637731",
    "\uff2e\uff38\uff0d\uff17\uff17\uff13\uff11", "NX-\u0667\u0667\u0663\u0661", "NX\u00ad-7731", "NX-77\u200b31",
]  # fmt: skip


@pytest.mark.parametrize("written", GROUPED)
def test_a_number_is_found_however_its_thousands_are_set_apart(written: str) -> None:
    terms = SnowballAnalyzer().terms(f"Pump {written} leaks", "english")

    assert "7340500" in terms
    assert "7340500" in held_numbers(f"Pump {written} leaks")


@pytest.mark.parametrize(
    "written", ["1,250.50", "1.250,50", "1'250.50", "1\u202f250,50", "1250,50"]
)
def test_a_number_is_found_without_its_decimals(written: str) -> None:
    assert "1250" in SnowballAnalyzer().terms(f"The total is {written} EUR", "english")


@pytest.mark.parametrize("written", CODES)
def test_a_code_is_found_however_it_is_written(written: str) -> None:
    (asked,) = identifiers_in(f"What is {written}?")

    assert missing([asked], ["Code NX-7731 stands for rust. Code NX-7732 for dust."]) == []
    assert missing(identifiers_in("What is NX-7731?"), [f"Code {written} stands for rust."]) == []
    assert "nx7731" in SnowballAnalyzer().terms(f"Code {written} stands", "english")


@pytest.mark.parametrize("asked", GROUPED[:10])
def test_a_grouped_order_number_is_not_missing(asked: str) -> None:
    codes = identifiers_in(f"What is order no. {asked}?")

    assert missing(codes, ["Order no. 7340500 is paid.", "Order no. 12 is open."]) == []
    assert missing(codes, ["Order no. 7 340 500 is paid.", "Order no. 12 is open."]) == []


def test_a_year_before_a_grouped_number_stays_apart() -> None:
    assert ungrouped("in 2019 250 000 people and 12 345 678 cars") == (
        "in 2019 250000 people and 12345678 cars"
    )


@pytest.mark.parametrize(
    "text", ["v1.250.000", "a,250,300b", "1,25", "12 34", "10.1.250.1", "250 3000"]
)
def test_other_numbers_stay_as_written(text: str) -> None:
    assert ungrouped(text) == text


def test_a_phrase_is_held_over_a_line_end_and_in_other_widths() -> None:
    assert holds_phrase("Die \uff21\uff22\uff23\u2011Pumpe\nsteht", "abc-pumpe steht")


def test_ascii_stays_as_it_is() -> None:
    assert comparable("ERR-4021 costs 1'250") == "ERR-4021 costs 1'250"


@pytest.mark.parametrize("written", GROUPED)
def test_a_grouped_number_in_a_question_is_one_term(written: str) -> None:
    lexicon = Lexicon(lambda text: SnowballAnalyzer().terms(text, "english"))

    assert lexicon.of(f"What is {written}?") - lexicon.of("What is?") == {"7340500"}


def test_bm25_reads_a_grouped_number_of_a_question_as_one() -> None:
    assert lexical_text("What is 7 340 500?", "english") == "What is 7340500?"
    assert lexical_text('Where is "7 340 500"?', "english") == 'Where is "7 340 500"?'
