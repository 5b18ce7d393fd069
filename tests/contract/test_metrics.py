"""What every `Metrics` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.ports.metrics import Metrics
from tests.contract.backends import Backend, Tier, params


@asynccontextmanager
async def prometheus(folder: Path) -> AsyncIterator[Metrics]:  # noqa: ARG001 - the frame gives it
    yield PrometheusMetrics()


BACKENDS = params(
    Backend[Metrics](name="prometheus", tier=Tier.FAKE, adapter=PrometheusMetrics, open=prometheus)
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def metrics(backend: Backend[Metrics], tmp_path: Path) -> AsyncIterator[Metrics]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_nothing_counted_is_nothing_rendered(metrics: Metrics) -> None:
    assert metrics.render() == ""


async def test_counters_add_up_by_their_labels(metrics: Metrics) -> None:
    metrics.count("requests_total", method="GET", route="/a")
    metrics.count("requests_total", 2, route="/a", method="GET")
    metrics.count("requests_total", method="PUT", route="/a")

    assert [line for line in metrics.render().splitlines() if "HELP" not in line] == [
        "# TYPE requests_total counter",
        'requests_total{method="GET",route="/a"} 3.0',
        'requests_total{method="PUT",route="/a"} 1.0',
    ]


async def test_a_gauge_shows_what_was_set_last(metrics: Metrics) -> None:
    metrics.gauge("store_bytes", 5, client="a")
    metrics.gauge("store_bytes", 3, client="a")
    metrics.gauge("idle", 1)

    assert 'store_bytes{client="a"} 3.0' in metrics.render().splitlines()
    assert "idle 1.0" in metrics.render().splitlines()


async def test_observations_fall_into_cumulative_buckets(metrics: Metrics) -> None:
    metrics.observe("search_seconds", 0.003)
    metrics.observe("search_seconds", 0.5)
    metrics.observe("search_seconds", 600)

    lines = metrics.render().splitlines()

    assert 'search_seconds_bucket{le="0.005"} 1.0' in lines
    assert 'search_seconds_bucket{le="0.5"} 2.0' in lines
    assert 'search_seconds_bucket{le="60.0"} 2.0' in lines
    assert 'search_seconds_bucket{le="+Inf"} 3.0' in lines
    assert "search_seconds_count 3.0" in lines
    assert "search_seconds_sum 600.503" in lines


async def test_bytes_have_buckets_of_their_own(metrics: Metrics) -> None:
    metrics.observe("upload_bytes", 5_000)

    assert 'upload_bytes_bucket{le="16384.0"} 1.0' in metrics.render().splitlines()


async def test_labels_are_escaped(metrics: Metrics) -> None:
    metrics.count("odd_total", route='a"b\\c\nd')

    assert 'odd_total{route="a\\"b\\\\c\\nd"} 1.0' in metrics.render().splitlines()
