"""Codes that questions name."""

from __future__ import annotations

import pytest

from ragtenancy.domain.identifiers import Identifier, holds, identifiers_in, missing


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my display says e21 what now??", ["e21"]),
        ("What is HC-C310?", ["HC-C310"]),
        ("see NB-1002 and v2.3.1", ["NB-1002", "v2.3.1"]),
        ("part 10-200-3", ["10-200-3"]),
        ("What is new in version 7.4?", ["7.4"]),
        ("error 404, § 12 and invoice no. 4711", ["404", "12", "4711"]),
        ("F14", ["F14"]),
    ],
)
def test_codes_are_found(text: str, found: list[str]) -> None:
    assert [each.text for each in identifiers_in(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "10kg, 5 mm, 500ml and 3x",
        "on the 2nd or 21st",
        "at 9am or 17:30 on 12.03.2026, 2026-01-02",
        "in Q3, FY2018, FY2023Q1, H1 and the 1990s",
        "fumbled on 3rd-and-9",
        "in den 70ern, la 10.ª serie, le 2e jour, der 3ter Tag",
        "中国2019年人口出生率",
        "a 24-hour service against covid-19",
        "EUR 1,000.50 or 97.5 %",
        "the Fjord 4 in iOS 15",
        "How do I upgrade from 5.2 to 6.0?",
    ],
)
def test_quantities_dates_and_words_are_no_codes(text: str) -> None:
    assert identifiers_in(text) == []


@pytest.mark.parametrize("text", ["Code: E021; stop", "see e-021.", "(E 021)", "E021"])
def test_a_code_is_held_whatever_its_case_and_joints(text: str) -> None:
    assert holds(text, Identifier("E021"))


@pytest.mark.parametrize("text", ["E0211", "XE021", "E02", "Version 16.2", "6.21"])
def test_a_part_of_another_code_is_not_held(text: str) -> None:
    assert not holds(text, Identifier("E021"))
    assert not holds(text, Identifier("6.2", "version"))


def test_a_code_is_missing_where_others_of_its_shape_stand() -> None:
    texts = ["Code: E021; Meaning: tray full", "Code: E047; Meaning: too hot"]

    assert missing(identifiers_in("what is e099"), texts) == ["e099"]
    assert missing(identifiers_in("what is e047"), texts) == []


def test_a_code_of_a_shape_that_nobody_uses_is_not_missing() -> None:
    assert missing(identifiers_in("does it support WPA3"), ["It is 23 kg heavy."]) == []


def test_a_version_is_missing_among_other_versions() -> None:
    texts = ["Version 6.2 (14 April)", "Version 6.1"]

    assert missing(identifiers_in("What is new in version 7.4?"), texts) == ["7.4"]
    assert missing(identifiers_in("What is new in version 6.2?"), texts) == []


@pytest.mark.parametrize("text", ["ERR\u20114021", "ERR\u20134021", "err 4021", "ＥＲＲ－４０２１"])
def test_every_kind_of_hyphen_joins_a_code(text: str) -> None:
    (wanted,) = identifiers_in("What is ERR-4021?")

    assert holds(text, wanted)
    assert identifiers_in(text) or " " in text


def test_a_number_after_its_name_is_held_with_its_hyphen() -> None:
    (wanted,) = identifiers_in("What is the total amount of invoice 2025-0817?")

    assert holds("Invoice 2025-0817", wanted)
    assert not holds("Invoice 2025-0818", wanted)
    assert missing([wanted], ["Invoice 2025-0818"]) == ["2025-0817"]
