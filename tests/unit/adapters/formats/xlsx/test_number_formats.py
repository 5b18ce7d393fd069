"""Numbers as sheets show them; ECMA-376, part 1, §18.8.30 and §18.8.31."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.xlsx.number_formats import built_in, shown_text
from ragtenancy.adapters.formats.xlsx.quick_formats import shower

ACCOUNTING = r'_-* #,##0.00\ "€"_-;-* #,##0.00\ "€"_-;_-* "-"??\ "€"_-;_-@_-'


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("42", "General", "42"),
        ("0.30000000000000004", "General", "0.3"),
        ("1E-05", "General", "0.00001"),
        ("1E-12", "General", "1E-12"),
        ("1E+300", "General", "1E+300"),
        ("4539148803436467", "General", "4539148803436467"),
        ("4539148803436460", "0", "4539148803436460"),
        ("8", "[Blue]General", "8"),
        ("0.15", "0%", "15%"),
        ("0.07", "0.0%", "7.0%"),
        ("-0.5", "0%", "-50%"),
        ("1234.5", '#,##0.00 "€"', "1,234.50 €"),
        ("1234.5", r"#,##0.00\ [$€-407]", "1,234.50 €"),
        ("1234.5", "[$$-409]#,##0.00", "$1,234.50"),
        ("1234.5", "[$CHF-807] #,##0.00", "CHF 1,234.50"),
        ("12.3", ACCOUNTING, "12.30 €"),
        ("-12.3", ACCOUNTING, "-12.30 €"),
        ("-1234.5", "#,##0.00_);(#,##0.00)", "(1,234.50)"),
        ("-5", "0.00;[Red]0.00", "-5.00"),
        ("1002.675", "0.00", "1002.68"),
        ("0.28499999999999998", "0.00", "0.29"),
        ("1067", "00000", "01067"),
        ("7", '"Item "000', "Item 007"),
        ("3", '0" kg"', "3 kg"),
        ("3.14159", "0.##", "3.14"),
        ("3", "0.##", "3"),
        ("123456789", "000-00-0000", "123-45-6789"),
        ("5551234567", "(000) 000-0000", "(555) 123-4567"),
        ("123456", "0.00E+00", "1.23E+05"),
        ("0.000012", "##0.0E+0", "12.0E-6"),
        ("1.5", "# ?/?", "1 1/2"),
        ("0.3333333", "# ??/??", "1/3"),
        ("1.125", "# ?/8", "1 1/8"),
        ("15", '[>=1000]0.0,"k";0', "15"),
        ("1", '"Yes";;"No"', "Yes"),
        ("0", '"Yes";;"No"', "No"),
        ("5", ";;;", ""),
        ("17", "@", "17"),
        ("no number", "0.00", "no number"),
    ],
)
def test_a_number_is_shown_by_its_format(stored: str, code: str, shown: str) -> None:
    assert shower(code)(stored) == shown


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("0.125", "0%", "13% (12.5%)"),
        ("12.6", "0", "13 (12.6)"),
        ("0.0001234", "0.00", "0.00 (0.0001234)"),
        ("2500000", '0.0,,"M"', "2.5M (2500000)"),
        ("1500", '[>=1000]0.0,"k";0', "1.5k (1500)"),
        ("0.5", "0.00;[<0]0", "1 (0.5)"),
        ("-1234.5", '#,##0.00_);[Red]\\(#,##0.00\\);"-"', "(1,234.50)"),
        ("-1234567.891", "#,##0.00;[Red]#,##0.00", "-1,234,567.89"),
        ("-0.3", "#,##0;(#,##0)", "(0) (-0.3)"),
        ("0", '#,##0;(#,##0);"none"', "none"),
        ("1E-7", "0.0", "0.0 (0.0000001)"),
        ("1234.567", "#,##0.00", "1,234.57"),
        ("33.3333333333333", "0", "33"),
    ],
)
def test_a_value_that_the_display_hides_follows_it(stored: str, code: str, shown: str) -> None:
    assert shower(code)(stored) == shown


@pytest.mark.parametrize(
    ("stored", "code", "shown"),
    [
        ("45352", "dd.mm.yyyy", "01.03.2024"),
        ("45352.75", "yyyy-mm-dd hh:mm:ss", "2024-03-01 18:00:00"),
        ("45352.75", "h:mm AM/PM", "6:00 PM"),
        ("44927.999999", "yyyy-mm-dd", "2023-01-01"),
        ("45416", "[$-407]d. mmmm yyyy;@", "4. Mai 2024"),
        ("45416", "[$-40C]d mmmm yyyy", "4 mai 2024"),
        ("45416", '[$-411]yyyy"年"m"月"d"日"', "2024年5月4日"),
        ("45416", "mmm yyyy", "May 2024"),
        ("45416", "dd/mm/yyyy", "04/05/2024 (2024-05-04)"),
        ("45437", "dd/mm/yyyy", "25/05/2024"),
        ("45416", "d-mmm", "4-May (2024-05-04)"),
        ("45416", "[$-F800]dddd, mmmm dd, yyyy", "2024-05-04"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("61", "yyyy-mm-dd", "1900-03-01"),
        ("1.510416666666667", "[h]:mm", "36:15"),
        ("1.520833333", "[hh]:mm:ss", "36:30:00"),
        ("0.75", "[mm]", "1080"),
        ("0.0104166667", "mm:ss", "15:00"),
        ("-1", "yyyy-mm-dd", "-1"),
    ],
)
def test_dates_and_durations_are_shown_by_their_format(stored: str, code: str, shown: str) -> None:
    assert shower(code)(stored) == shown


def test_the_date_system_of_1904_begins_four_years_later() -> None:
    assert shower("yyyy-mm-dd", from_1904=True)("43890") == "2024-03-01"


@pytest.mark.parametrize(
    ("number", "stored", "shown"),
    [
        (0, "1.5", "1.5"),
        (4, "1234.5", "1,234.50"),
        (9, "0.5", "50%"),
        (14, "45352", "2024-03-01"),
        (22, "45352.5", "2024-03-01 12:00"),
        (46, "1.5", "36:00:00"),
        (99, "7", "7"),
    ],
)
def test_built_in_formats_depend_on_no_locale(number: int, stored: str, shown: str) -> None:
    assert shower(built_in(number))(stored) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "x"),
        ("@", "x"),
        ('"No. "@', "No. x"),
        ('0;0;0;"["@"]"', "[x]"),
        (";;;", ""),
        ("0", "x"),
    ],
)
def test_a_text_is_shown_by_the_section_for_texts(code: str, shown: str) -> None:
    assert shown_text("x", code) == shown
