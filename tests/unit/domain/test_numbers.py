"""Numbers in prose."""

from __future__ import annotations

import pytest

from ragtenancy.domain.numbers import held_numbers, is_computed, numbers


@pytest.mark.parametrize(
    ("stated", "held"),
    [
        ("1,000", "1.000"),
        ("1000", "1 000"),
        ("1\u202f000", "1000"),
        ("1,234.50", "1.234,5"),
        ("0.5", "0,50"),
        ("\u0663", "3"),
        ("three months", "3 months"),
        ("3 Monate", "drei Monate"),
        ("10:30", "10.30"),
        ("1 March", "01.03.2024"),
        ("9", "09"),
        ("30%", "30 percent"),
    ],
)
def test_two_spellings_of_one_number_are_equal(stated: str, held: str) -> None:
    assert not any(number.isdisjoint(held_numbers(held)) for number in numbers(stated))


@pytest.mark.parametrize(
    ("stated", "held"),
    [("31", "30"), ("5", "1.5"), ("1001", "1,000"), ("three", "2"), ("2.3.1", "2.3.2")],
)
def test_another_number_is_another(stated: str, held: str) -> None:
    assert any(number.isdisjoint(held_numbers(held)) for number in numbers(stated))


def test_a_word_that_is_no_number_in_another_language_states_none() -> None:
    assert numbers("It is due once a year.") == []


@pytest.mark.parametrize(("number", "computed"), [("240", True), ("360", True), ("241", False)])
def test_a_difference_or_a_sum_of_stated_numbers_is_computed(
    number: str, *, computed: bool
) -> None:
    (wanted,) = numbers(number)

    assert is_computed(wanted, numbers("300 and 60")) is computed
