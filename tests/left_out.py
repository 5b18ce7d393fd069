"""The last line of a run: how many tests were left out, why, and what runs them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from tests.contract import tiers
from tests.contract.backends import Tier

NEED_EMULATORS = "need emulators (`make emulators test`)"
NEED_ACCOUNTS = "need cloud accounts (`make contract TIER=cloud`)"
FOLLOW_PAGES = "follow the documentation (`make docs-test`)"
NEED_OTHERS = "for what is said above"


def line(skipped: Iterable[pytest.TestReport | pytest.CollectReport]) -> str:
    """Return the line for the reports of tests that were skipped."""
    whys = {report.nodeid: _why(report) for report in skipped}
    if not whys:
        return "No test was left out."
    total = "1 test was" if len(whys) == 1 else f"{len(whys):,} tests were"
    parts = [f"{times:,} {why}" for why, times in Counter(whys.values()).most_common()]
    return f"{total} left out: {', '.join(parts)}."


def _why(report: pytest.TestReport | pytest.CollectReport) -> str:
    if tiers.tier_of(report) is Tier.CLOUD:
        return NEED_ACCOUNTS
    if "make docs-test" in tiers.reason(report):
        return FOLLOW_PAGES
    return NEED_EMULATORS if "make emulators" in tiers.reason(report) else NEED_OTHERS
