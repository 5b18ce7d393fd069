"""Speed and remaining time in words."""

from __future__ import annotations

import pytest

from ragtenancy.cli.pace import Pace, duration


class HandClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_the_time_that_remains_goes_by_bytes(clock: HandClock) -> None:
    pace = Pace(3, 10_000_000, now=clock)
    clock.seconds += 20
    pace.end("small.docx", 1_000_000)
    pace.move("large.docx", 2_000_000, 0.5)

    assert pace.share == 0.2
    assert pace.words() == "1/3 files, 0.1 files/s, 0.1 MB/s, 0:01:20 left"


def test_a_file_that_ended_is_not_counted_twice(clock: HandClock) -> None:
    pace = Pace(1, 1_000, now=clock)
    clock.seconds += 1
    pace.move("a", 1_000, 0.9)
    pace.end("a", 1_000)

    assert pace.words() == "1/1 files, 1.0 files/s, 1.0 kB/s"


def test_empty_files_count_as_files(clock: HandClock) -> None:
    pace = Pace(2, 0, now=clock)
    pace.end("a", 0)

    assert pace.share == 0.5


def test_no_files_are_done_at_once(clock: HandClock) -> None:
    assert Pace(0, 0, now=clock).share == 1.0


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0:00:00"), (75.2, "0:01:15"), (3_600, "1:00:00")]
)
def test_a_duration_is_read_as_a_clock(seconds: float, said: str) -> None:
    assert duration(seconds) == said
