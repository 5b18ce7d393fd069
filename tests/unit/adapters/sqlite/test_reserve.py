"""The disk space held back: given up piece by piece, and filled again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragtenancy.adapters.sqlite.reserve import PIECES, DiskReserve
from ragtenancy.domain.errors import UnavailableError
from tests.full_disk import no_file_beyond

SIZE = 80_000


@pytest.fixture
def reserve(tmp_path: Path) -> DiskReserve:
    reserve = DiskReserve(tmp_path / "reserve", SIZE)
    reserve.fill()
    return reserve


def held(folder: Path) -> int:
    """Return the bytes that the reserve really occupies."""
    return sum(path.stat().st_blocks * 512 for path in (folder / "reserve").iterdir())


def failing(times: int, code: str = "storage_full") -> Callable[[], str]:
    """Return work that fails so many times."""
    errors = iter([UnavailableError("full", code=code)] * times)

    def work() -> str:
        for error in errors:
            raise error
        return "done"

    return work


def test_its_space_is_really_taken(reserve: DiskReserve, tmp_path: Path) -> None:
    reserve.fill()

    assert held(tmp_path) >= SIZE


def test_it_gives_up_as_much_as_the_work_needs(reserve: DiskReserve, tmp_path: Path) -> None:
    assert reserve.drawing(failing(2)) == "done"

    assert len(list((tmp_path / "reserve").iterdir())) == PIECES - 2


def test_work_that_needs_more_fails(reserve: DiskReserve) -> None:
    with pytest.raises(UnavailableError):
        reserve.drawing(failing(PIECES + 1))


def test_another_failure_takes_nothing(reserve: DiskReserve, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        reserve.drawing(failing(1, "storage_busy"))

    assert len(list((tmp_path / "reserve").iterdir())) == PIECES


def test_it_is_filled_again(reserve: DiskReserve, tmp_path: Path) -> None:
    reserve.drawing(failing(3))

    reserve.fill()

    assert held(tmp_path) >= SIZE


def test_a_disk_without_room_leaves_it_short_and_fails_nothing(tmp_path: Path) -> None:
    with no_file_beyond(1_000):
        DiskReserve(tmp_path / "reserve", SIZE).fill()

    assert list((tmp_path / "reserve").iterdir()) == []


def test_none_is_held_if_the_operator_wants_none(tmp_path: Path) -> None:
    DiskReserve(tmp_path / "reserve", 0).fill()

    assert not (tmp_path / "reserve").exists()
