"""A short run of what `make chaos` and `make chaos-mutants` do at length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_kills_and_stops_lose_nothing() -> None:
    run = _run("--kills", "25")

    assert run.returncode == 0, run.stdout


def test_a_violation_is_seen() -> None:
    run = _run("--mutants", "--episodes", "0")

    assert run.returncode == 1
    assert "| delete old first | NO |" in run.stdout


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.chaos.run", *options],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
