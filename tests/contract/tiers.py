"""What ran of each tier, said at the end of a run of the contract suites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests.contract.backends import Tier


def of(items: Iterable[pytest.Item]) -> Mapping[str, Tier]:
    """Return the tier of each test that has one, by its id."""
    found = ((item.nodeid, _tier(item)) for item in items)
    return {nodeid: tier for nodeid, tier in found if tier is not None}


def lines(tests: Mapping[str, Tier], skipped: Iterable[pytest.TestReport]) -> Iterator[str]:
    """Yield how many tests of each tier ran, and what the others lacked."""
    reasons = {report.nodeid: _reason(report) for report in skipped if report.nodeid in tests}
    counts = Counter(tests.values())
    lacked = Counter((tests[nodeid], reason) for nodeid, reason in reasons.items())
    for tier in Tier:
        not_run = sum(times for (own, _), times in lacked.items() if own is tier)
        yield f"{tier}: {counts[tier] - not_run} of {counts[tier]} run"
        yield from (f"  {n} not run: {why}" for (own, why), n in lacked.items() if own is tier)


def _tier(item: pytest.Item) -> Tier | None:
    return next((tier for tier in Tier if item.get_closest_marker(tier)), None)


def _reason(report: pytest.TestReport) -> str:
    """Return what pytest keeps of a skip: the file, the line and the reason."""
    kept = report.longrepr
    return kept[2].removeprefix("Skipped: ") if isinstance(kept, tuple) else "skipped"
