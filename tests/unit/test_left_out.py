"""What the last line of a run says of tests that did not run."""

from __future__ import annotations

import pytest

from tests import left_out
from tests.contract import tiers

ITEM = ("tests/a.py", 1, "b")


def skipped(name: str, reason: str, tier: str | None = None) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=name,
        location=ITEM,
        keywords={},
        outcome="skipped",
        longrepr=("tests/a.py", 1, f"Skipped: {reason}"),
        when="setup",
        user_properties=[] if tier is None else [(tiers.TIER, tier)],
    )


def ran(name: str, tier: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=name,
        location=ITEM,
        keywords={},
        outcome="passed",
        longrepr=None,
        when="call",
        user_properties=[(tiers.TIER, tier)],
    )


def test_nothing_left_out_is_said() -> None:
    assert left_out.line([]) == "No test was left out."


def test_one_test_is_one() -> None:
    report = skipped("a", "seccomp's numbers are x86-64")

    assert left_out.line([report]) == "1 test was left out: 1 for what is said above."


def test_it_says_how_many_why_and_what_runs_them() -> None:
    emulators = [
        skipped(str(number), "cosmos needs node (`make emulators`)", "emulator")
        for number in range(1_200)
    ]
    accounts = [skipped(f"c{number}", "cosmos needs COSMOS_KEY", "cloud") for number in range(3)]

    line = left_out.line([*accounts, *emulators])

    assert line == (
        "1,203 tests were left out: 1,200 need emulators (`make emulators test`), "
        "3 need cloud accounts (`make contract TIER=cloud`)."
    )


def test_a_test_that_is_reported_twice_is_counted_once() -> None:
    assert left_out.line([skipped("a", "b"), skipped("a", "b")]).startswith("1 test was")


def test_the_tiers_that_were_tried_are_listed() -> None:
    stats = {
        "passed": [ran("a", "fake"), ran("b", "emulator")],
        "skipped": [skipped("c", "cosmos needs node", "emulator"), skipped("d", "no tier")],
    }

    assert [*tiers.lines(stats)] == [
        "fake: 1 of 1 run",
        "emulator: 1 of 2 run",
        "  1 not run: cosmos needs node",
    ]
