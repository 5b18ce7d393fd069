"""What ran of each tier, said at the end of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import pytest

from tests.contract.backends import Tier

TIER = "tier"
Report = pytest.TestReport | pytest.CollectReport


def of(item: pytest.Item) -> Iterator[tuple[str, str]]:
    """Yield the tier of a test, if it has one, as a property of its reports."""
    found = next((tier for tier in Tier if item.get_closest_marker(tier)), None)
    return iter([(TIER, found.value)] if found else [])


def tier_of(report: Report) -> Tier | None:
    """Return the tier of the test that a report is of."""
    found = dict(getattr(report, "user_properties", ())).get(TIER)
    return Tier(found) if found else None


def lines(stats: Mapping[str, Iterable[object]]) -> Iterator[str]:
    """Yield how many tests of each tier that was tried ran, and what the others lacked."""
    every = [report for reports in stats.values() for report in reports]
    tests = dict(_with_tiers(every))
    reasons = {
        report.nodeid: reason(report)
        for report in stats.get("skipped", ())
        if isinstance(report, pytest.TestReport) and report.nodeid in tests
    }
    counts = Counter(tests.values())
    lacked = Counter((tests[nodeid], why) for nodeid, why in reasons.items())
    for tier in filter(counts.get, Tier):
        not_run = sum(times for (own, _), times in lacked.items() if own is tier)
        yield f"{tier}: {counts[tier] - not_run} of {counts[tier]} run"
        yield from (f"  {n} not run: {why}" for (own, why), n in lacked.items() if own is tier)


def reason(report: Report) -> str:
    """Return what pytest keeps of a skip: the file, the line and the reason."""
    kept = report.longrepr
    return kept[2].removeprefix("Skipped: ") if isinstance(kept, tuple) else "skipped"


def _with_tiers(reports: Iterable[object]) -> Iterator[tuple[str, Tier]]:
    for report in reports:
        if isinstance(report, pytest.TestReport) and (tier := tier_of(report)):
            yield report.nodeid, tier
