"""The judge of `make bench-tables`: hand-made readings, right and wrong."""

from __future__ import annotations

import pytest
from table_judge import Verdict, judged
from table_truth import Truth, truth_of

CROSS = truth_of("table", ["City | Price | Days", "Oslo | 425 EUR | 2", "Bari | 330 EUR | 9"])
HEADS = truth_of("table", ["Land | 2023 > Q1 | 2023 > Q2", "Austria | 11 | 12"])
MERGED = truth_of(
    "table 2", ["Area | City | Price", "North | Oslo | 4 EUR", "South | Bari | 3 EUR"]
)
FORM = truth_of("form", ["VAT number | DE81", "Payment term | 45 days"])
ROWS = truth_of("rows", ["Berlin | 3500 | active", "Bonn | 1800 | closed"])
GROUPS = truth_of(
    "table", ["Item | Price", "^ Business", "Rent | 19 EUR", "^ Residential", "Rent | 4 EUR"]
)


def _judge(text: str, truth: Truth = CROSS) -> Verdict:
    return max(judged([("", text)], [truth])[0], key=lambda verdict: verdict.right)


@pytest.mark.parametrize(
    "text",
    [
        "City: Oslo; Price: 425 EUR; Days: 2\nCity: Bari; Price: 330 EUR; Days: 9",
        "Oslo; Price: 425 EUR; Days: 2\nBari; Price = 330 EUR; Days = 9",
        "| City | Price | Days |\n|---|--:|---|\n| Oslo | 425 EUR | 2 |\n| Bari | 330 EUR | 9 |",
        "City | Price | Days\nOslo | 425 EUR | 2\nBari | 330 EUR | 9",
        (
            "<table><tr><th>City<th>Price<th>Days<tr><td>Oslo<td>425 EUR<td>2"
            "<tr><td>Bari<td>330 EUR<td>9</table>"
        ),
        "City: Oslo; City Oslo Price: **425 EUR**; Days: 2.0\nBari; Price: 330 EUR (330); Days: 9",
    ],
)
def test_every_form_that_binds_names_and_value_is_right(text: str) -> None:
    verdict = _judge(text)

    assert verdict == Verdict(right=4)


@pytest.mark.parametrize(
    ("text", "right", "misnamed", "missing"),
    [
        ("Oslo; Days: 425 EUR; Price: 2\nBari; Price: 330 EUR; Days: 9", 2, 2, 0),
        ("Oslo: Bari; 425 EUR: 330 EUR; 2: 9", 0, 2, 2),
        ("Price: 425 EUR; Days: 2\nPrice: 330 EUR; Days: 9", 0, 0, 4),
        ("Oslo; Price Days: 425 EUR\nBari; Price: 330 EUR; Days: 9", 2, 1, 1),
        ("City: Oslo; City: Bari; Price: 425 EUR; Price: 330 EUR", 1, 1, 2),
        ("Oslo 425 EUR 2\nBari 330 EUR 9", 0, 0, 4),
        ("", 0, 0, 4),
    ],
)
def test_a_value_without_its_names_or_under_others_is_wrong(
    text: str, right: int, misnamed: int, missing: int
) -> None:
    verdict = _judge(text)

    assert verdict == Verdict(right=right, misnamed=misnamed, missing=missing)


@pytest.mark.parametrize(
    "text",
    [
        "Land: Austria; 2023 Q1: 11; 2023 Q2: 12",
        "Austria; 2023: Q1: 11; 2023: Q2: 12",
        "|  | 2023 | 2023 |\n|---|---|---|\n| Land | Q1 | Q2 |\n| Austria | 11 | 12 |",
        (
            '<table><tr><th rowspan="2">Land<th colspan="2">2023<tr><th>Q1<th>Q2'
            "<tr><td>Austria<td>11<td>12</table>"
        ),
    ],
)
def test_two_header_rows_are_joined(text: str) -> None:
    verdict = _judge(text, HEADS)

    assert verdict == Verdict(right=2)


def test_one_of_two_header_rows_is_not_enough() -> None:
    verdict = _judge("Land: Austria; Q1: 11; Q2: 12", HEADS)

    assert verdict == Verdict(misnamed=2)


def test_a_merged_label_counts_only_on_the_row_itself() -> None:
    verdict = _judge("Area: North; City: Oslo; Price: 4 EUR\nCity: Bari; Price: 3 EUR", MERGED)

    assert verdict == Verdict(right=1, missing=1)


@pytest.mark.parametrize(
    "text",
    [
        "VAT number: DE81\nPayment term: 45 days",
        "VAT number | DE81\nPayment term | 45 days",
        "VAT number: | DE81 | Payment term: | 45 days",
        "| VAT number | DE81 | Payment term | 45 days |\n|---|---|---|---|",
    ],
)
def test_a_form_is_read_in_pairs(text: str) -> None:
    verdict = _judge(text, FORM)

    assert verdict == Verdict(right=2)


def test_the_first_pair_of_a_form_is_no_header() -> None:
    verdict = _judge("VAT number: Payment term; DE81: 45 days", FORM)

    assert verdict == Verdict(misnamed=1, missing=1)


def test_headerless_rows_have_no_names() -> None:
    verdict = _judge("Berlin | 3500 | active\nBonn | 1800 | closed", ROWS)

    assert verdict == Verdict(right=4)


def test_the_first_record_is_no_header() -> None:
    verdict = _judge("Berlin: Bonn; 3500: 1800; active: closed", ROWS)

    assert verdict == Verdict(misnamed=2, missing=2)


@pytest.mark.parametrize(
    "text",
    [
        "Business\nItem: Rent; Price: 19 EUR\nResidential\nItem: Rent; Price: 4 EUR",
        "Business; Item: Rent; Price: 19 EUR\nResidential; Item: Rent; Price: 4 EUR",
        (
            "| Item | Price |\n|--|--|\n| Business | Business |\n| Rent | 19 EUR |\n"
            "| Residential | |\n| Rent | 4 EUR |"
        ),
    ],
)
def test_a_section_row_belongs_to_the_rows_after_it(text: str) -> None:
    verdict = _judge(text, GROUPS)

    assert verdict == Verdict(right=2)


def test_a_section_row_reaches_no_other_piece() -> None:
    first = "Business\nItem: Rent; Price: 19 EUR\nResidential"
    pieces = [("", first), ("", "Item: Rent; Price: 4 EUR")]

    verdict = judged(pieces, [GROUPS])[0][0]

    assert verdict == Verdict(right=1, misnamed=1)


def test_a_section_in_the_path_is_found() -> None:
    pieces = [
        ("Fees > Business", "Item: Rent; Price: 19 EUR"),
        ("Fees > Residential", "Item: Rent; Price: 4 EUR"),
    ]

    verdict = judged(pieces, [GROUPS])[0][0]

    assert verdict == Verdict(right=2)


def test_separators_inside_names_and_values_part_nothing() -> None:
    truth = truth_of("table", ["Who | Note: kind", "Kim | red; blue: both"])

    verdict = _judge("Who: Kim; Note: kind: red; blue: both", truth)

    assert verdict == Verdict(right=1)


def test_the_number_of_a_list_item_is_no_part_of_its_value() -> None:
    truth = truth_of("table", ["Part | Task", "Open() | Close the package"])

    assert _judge("Open(); Task: 7. Close the package", truth) == Verdict(right=1)


def test_chinese_names_are_compared_by_character() -> None:
    truth = truth_of("table", ["城市 | 2023年 > 收入", "苏州 | 1200"])

    verdict = _judge("城市：苏州; 2023年收入：1200", truth)

    assert verdict == Verdict(right=1)
