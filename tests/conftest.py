"""What holds of every test: which run by themselves, and what is said of those that did not run."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests import alone, left_out
from tests.contract import tiers

# A loaded machine draws slowly: that says nothing about what is tested.
settings.register_profile("loaded", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("loaded")

# Each HTTP client makes a context of its own, and reads all certificates for it.
ssl.create_default_context = cache(ssl.create_default_context)  # type: ignore[assignment]


LONG = ("process", "cloud", "upgrade", "chaos", "hostile")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the folders whose files take longest, so that no process ends long after the rest."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(scope="session", autouse=True)
def short_tracebacks() -> None:
    """Log an exception as Python prints it: with every variable it takes seconds of CPU."""
    structlog.get_config()["processors"][-1].exception_formatter = structlog.dev.plain_traceback


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the reports of a test carry its tier, from whichever process it runs in."""
    item.user_properties.extend(tiers.of(item))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let tests that measure time run by themselves, where several processes run tests."""
    measures = item.get_closest_marker("alone") is not None
    with alone.turn(exclusive=measures) if alone.is_needed() else alone.no_turn():
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what of each tier did not run, and why."""
    if found := [*tiers.lines(terminalreporter.stats)]:
        terminalreporter.section("tiers")
        for line in found:
            terminalreporter.line(line)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """End with how many tests were left out; after all else that is said."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and any(map(reporter.stats.get, ("passed", "failed", "skipped"))):
        reporter.line(left_out.line(reporter.stats.get("skipped", [])))
