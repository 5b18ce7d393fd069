"""What every `Metrics` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.measured.units import TallyingMetrics
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.domain.metrics import Counter, Gauge, Histogram
from ragtenancy.domain.usage import UsageTally
from ragtenancy.ports.metrics import Metrics
from tests.contract.backends import Backend, Tier, params

REQUESTS = Counter("requests_total", "Requests.", ("method", "route"))
ODD = Counter("odd_total", "Odd routes.", ("route",))
ASKED = Counter("asked_total", "Questions.", ("client_id",))
STORE = Gauge("store_bytes", "Size.", ("store",))
LARGEST = Gauge("largest_bytes", "Size by client.", ("client_id",))
IDLE = Gauge("idle", "Idle workers.")
SEARCH = Histogram("search_seconds", "Searches.")
UPLOAD = Histogram("upload_bytes", "Uploads.", (), (1_024.0, 16_384.0))


@asynccontextmanager
async def prometheus(folder: Path) -> AsyncIterator[Metrics]:  # noqa: ARG001 - the frame gives it
    yield PrometheusMetrics((), clients=2)


@asynccontextmanager
async def tallying(folder: Path) -> AsyncIterator[Metrics]:  # noqa: ARG001 - the frame gives it
    yield TallyingMetrics(PrometheusMetrics((), clients=2), UsageTally(), SystemClock())


BACKENDS = params(
    Backend[Metrics](name="prometheus", tier=Tier.FAKE, adapter=PrometheusMetrics, open=prometheus),
    Backend[Metrics](name="tallying", tier=Tier.FAKE, adapter=TallyingMetrics, open=tallying),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def metrics(backend: Backend[Metrics], tmp_path: Path) -> AsyncIterator[Metrics]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_nothing_counted_is_nothing_rendered(metrics: Metrics) -> None:
    assert metrics.render() == ""


async def test_counters_add_up_by_their_labels(metrics: Metrics) -> None:
    metrics.count(REQUESTS, method="GET", route="/a")
    metrics.count(REQUESTS, 2, route="/a", method="GET")
    metrics.count(REQUESTS, method="PUT", route="/a")

    assert [line for line in metrics.render().splitlines() if "HELP" not in line] == [
        "# TYPE requests_total counter",
        'requests_total{method="GET",route="/a"} 3.0',
        'requests_total{method="PUT",route="/a"} 1.0',
    ]


async def test_a_gauge_shows_what_was_set_last(metrics: Metrics) -> None:
    metrics.gauge(STORE, 5, store="a")
    metrics.gauge(STORE, 3, store="a")
    metrics.gauge(IDLE, 1)

    assert 'store_bytes{store="a"} 3.0' in metrics.render().splitlines()
    assert "idle 1.0" in metrics.render().splitlines()


async def test_observations_fall_into_cumulative_buckets(metrics: Metrics) -> None:
    metrics.observe(SEARCH, 0.003)
    metrics.observe(SEARCH, 0.5)
    metrics.observe(SEARCH, 600)

    lines = metrics.render().splitlines()

    assert 'search_seconds_bucket{le="0.005"} 1.0' in lines
    assert 'search_seconds_bucket{le="0.5"} 2.0' in lines
    assert 'search_seconds_bucket{le="60.0"} 2.0' in lines
    assert 'search_seconds_bucket{le="+Inf"} 3.0' in lines
    assert "search_seconds_count 3.0" in lines
    assert "search_seconds_sum 600.503" in lines


async def test_a_histogram_has_the_buckets_it_declares(metrics: Metrics) -> None:
    metrics.observe(UPLOAD, 5_000)

    assert 'upload_bytes_bucket{le="16384.0"} 1.0' in metrics.render().splitlines()


async def test_labels_are_escaped(metrics: Metrics) -> None:
    metrics.count(ODD, route='a"b\\c\nd')

    assert 'odd_total{route="a\\"b\\\\c\\nd"} 1.0' in metrics.render().splitlines()


def series(metrics: Metrics, name: str) -> list[str]:
    return sorted(line for line in metrics.render().splitlines() if line.startswith(name))


async def test_a_metric_has_its_help(metrics: Metrics) -> None:
    metrics.count(ASKED, client_id="a")

    assert "# HELP asked_total Questions." in metrics.render().splitlines()


async def test_clients_without_a_label_of_their_own_share_one(metrics: Metrics) -> None:
    for client in ("a", "b", "c", "d", "a"):
        metrics.count(ASKED, client_id=client)

    assert series(metrics, "asked_total{") == [
        'asked_total{client_id="a"} 2.0',
        'asked_total{client_id="b"} 1.0',
        'asked_total{client_id="other"} 2.0',
    ]


async def test_a_client_with_many_more_requests_takes_a_label(metrics: Metrics) -> None:
    for client in ("a", "b", *["c"] * 998):
        metrics.count(ASKED, client_id=client)
    metrics.count(ASKED, client_id="c")

    assert series(metrics, "asked_total{") == [
        'asked_total{client_id="b"} 1.0',
        'asked_total{client_id="c"} 2.0',
        'asked_total{client_id="other"} 997.0',
    ]


async def test_a_gauge_keeps_the_highest_clients(metrics: Metrics) -> None:
    for client, size in (("a", 5), ("b", 1), ("c", 3), ("d", 2)):
        metrics.gauge(LARGEST, size, client_id=client)

    assert series(metrics, "largest_bytes{") == [
        'largest_bytes{client_id="a"} 5.0',
        'largest_bytes{client_id="c"} 3.0',
    ]


async def test_a_gauge_drops_a_client_that_has_lost_its_label(metrics: Metrics) -> None:
    metrics.gauge(LARGEST, 1, client_id="a")
    for client in ("a", "b", *["c"] * 998):
        metrics.count(ASKED, client_id=client)

    metrics.gauge(LARGEST, 5, client_id="b")
    metrics.gauge(LARGEST, 6, client_id="c")

    assert series(metrics, "largest_bytes{") == [
        'largest_bytes{client_id="b"} 5.0',
        'largest_bytes{client_id="c"} 6.0',
    ]
