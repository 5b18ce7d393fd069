"""The order of another program's records."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence

import pytest

from ragtenancy.domain.foreign_records import Clue
from ragtenancy.domain.record_order import in_order


def shuffled(clues: Sequence[Clue]) -> list[Clue]:
    return random.Random(7).sample(clues, len(clues))


def uid(at: int) -> str:
    return str(uuid.UUID(int=random.Random(at).getrandbits(128)))


@pytest.mark.parametrize(
    "clues",
    [
        pytest.param([Clue(uid(n), index=n) for n in range(12)], id="chunk_index"),
        pytest.param(
            [Clue(uid(n), page=n // 3, index=n % 3) for n in range(12)], id="index_in_page"
        ),
        pytest.param(
            [Clue(uid(n), page=n // 3, start=n % 3 * 800) for n in range(12)], id="start_in_page"
        ),
        pytest.param([Clue(uid(n), start=n * 800) for n in range(12)], id="start_index"),
        pytest.param([Clue(f"guide.pdf#chunk{n}") for n in range(8, 12)], id="9_before_10"),
        pytest.param([Clue(f"page{n // 4}-part{n % 4}-v1") for n in range(12)], id="two_numbers"),
        pytest.param([Clue(f"{'abc'[n % 3]}-{n}") for n in range(12)], id="numbers_at_the_end"),
        pytest.param([Clue(f"guide_{n:05d}.txt") for n in range(12)], id="before_an_ending"),
        pytest.param([Clue(str(n)) for n in range(95, 107)], id="numbers_alone"),
        pytest.param(
            [Clue(f"{'ab'[n % 2]}-p{n // 2}-{n % 2}", page=n // 2, index=n) for n in range(6)],
            id="index_before_ids",
        ),
    ],
)
def test_records_come_in_the_order_of_the_document(clues: Sequence[Clue]) -> None:
    ordered = in_order(shuffled(clues))

    assert list(ordered.clues) == clues
    assert ordered.is_known


@pytest.mark.parametrize(
    "clues",
    [
        pytest.param([Clue(uid(n)) for n in range(12)], id="random_ids"),
        pytest.param([Clue(uid(n), page=n // 3) for n in range(12)], id="pages_alone"),
        pytest.param([Clue(uid(n), page=0, start=0) for n in range(3)], id="equal_places"),
        pytest.param([Clue(uid(n), start=0, page=n or None) for n in range(3)], id="some_pages"),
        pytest.param([Clue(f"{3**n * 10**9}") for n in range(9)], id="hashes_as_numbers"),
        pytest.param([Clue("intro"), Clue("usage-2"), Clue("usage-3")], id="an_id_without_number"),
        pytest.param([Clue("8f3e-ab3"), Clue("8f3e-cd4")], id="last_digits_of_hashes"),
        pytest.param([Clue("a-3"), Clue("b-77"), Clue("c-12")], id="unrelated_numbers"),
    ],
)
def test_an_order_that_is_not_known_is_not_claimed(clues: Sequence[Clue]) -> None:
    assert not in_order(shuffled(clues)).is_known


def test_without_an_order_records_come_by_page_and_numbers_in_ids() -> None:
    clues = [Clue("x10", page=1), Clue("y9b", page=1), Clue("x9", page=1), Clue("z", page=0)]

    assert [clue.record_id for clue in in_order(clues).clues] == ["z", "x9", "x10", "y9b"]


def test_one_record_is_in_order() -> None:
    assert in_order([Clue("x")]).is_known
