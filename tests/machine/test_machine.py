"""The state machine over two real processes: nothing leaks and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machine.run import play, report

STEPS = 2_000


@pytest.mark.timeout(600)
def test_four_clients_of_two_crashing_processes_never_meet(tmp_path: Path) -> None:
    tally = play(tmp_path, 1, lambda now: now.total < STEPS)

    assert tally.violated is None, report(tally, 1.0)


@pytest.mark.timeout(300)
def test_a_broken_seam_is_noticed(tmp_path: Path) -> None:
    tally = play(tmp_path, 1, lambda now: now.total < STEPS, "search")

    assert tally.violated is not None
