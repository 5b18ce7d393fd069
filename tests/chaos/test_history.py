"""One document under many clients behaves as if they came one after the other."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.chaos.history import Operation, is_linearizable
from tests.chaos.schedules import is_sound

SCHEDULES = 60


def write(version: int, start: int, end: int | None) -> Operation:
    return Operation(what="write", version=version, start=start, end=end)


def read(version: int, start: int, end: int) -> Operation:
    return Operation(what="read", version=version, start=start, end=end)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [write(2, 1, 4), read(1, 2, 3), read(2, 5, 6)],
        [write(2, 1, None), read(2, 2, 3)],
        [write(2, 1, None), read(1, 2, 3)],
        [write(0, 1, 2), read(0, 3, 4)],
        [write(2, 1, 8), write(3, 2, 9), read(3, 3, 4), read(2, 5, 6)],
    ],
)
def test_histories_that_can_have_been(history: list[Operation]) -> None:
    assert is_linearizable(history, 1)


@pytest.mark.parametrize(
    "history",
    [
        [write(2, 1, 2), read(1, 3, 4)],
        [write(2, 1, None), read(2, 2, 3), read(1, 4, 5)],
        [write(0, 1, 2), read(1, 3, 4)],
        [write(0, 1, 2), write(2, 3, 4), read(2, 5, 6)],
        [read(2, 1, 2)],
    ],
    ids=["stale", "back again", "answers deleted", "back from deletion", "never written"],
)
def test_histories_that_cannot(history: list[Operation]) -> None:
    assert not is_linearizable(history, 1)


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
async def test_random_schedules_are_linearizable(storage: str, tmp_path: Path) -> None:
    seeds = random.Random(storage).sample(range(1_000_000), SCHEDULES)

    unsound = [s for s in seeds if not await is_sound(s, storage, tmp_path / str(s))]

    assert unsound == []
