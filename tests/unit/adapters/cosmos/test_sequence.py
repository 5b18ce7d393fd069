"""Numbers that rise as items are added."""

from __future__ import annotations

from itertools import pairwise

from ragtenancy.adapters.cosmos.items import RisingNumbers


def test_numbers_rise_and_are_exact_as_doubles() -> None:
    sequence = RisingNumbers()

    numbers = [sequence.next() for _ in range(1000)]

    assert all(one < other for one, other in pairwise(numbers))
    assert [int(float(number)) for number in numbers] == numbers
    assert numbers[-1] < 2**53
