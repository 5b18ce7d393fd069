"""What every `Metrics` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.memory.metrics import InMemoryMetrics
from ragtenancy.ports.metrics import Metrics
from tests.contract.backends import Backend, Tier, params


@asynccontextmanager
async def memory(folder: Path) -> AsyncIterator[Metrics]:  # noqa: ARG001 - the frame gives it
    yield InMemoryMetrics()


BACKENDS = params(
    Backend[Metrics](name="memory", tier=Tier.FAKE, adapter=InMemoryMetrics, open=memory)
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

    assert metrics.render().splitlines() == [
        "# TYPE requests_total counter",
        'requests_total{method="GET",route="/a"} 3',
        'requests_total{method="PUT",route="/a"} 1',
    ]


async def test_observations_fall_into_cumulative_buckets(metrics: Metrics) -> None:
    metrics.observe("search_seconds", 0.003)
    metrics.observe("search_seconds", 0.5)
    metrics.observe("search_seconds", 600)

    lines = metrics.render().splitlines()

    assert 'search_seconds_bucket{le="0.005"} 1' in lines
    assert 'search_seconds_bucket{le="0.5"} 2' in lines
    assert 'search_seconds_bucket{le="60"} 2' in lines
    assert 'search_seconds_bucket{le="+Inf"} 3' in lines
    assert "search_seconds_count 3" in lines
    assert "search_seconds_sum 600.503" in lines


async def test_bytes_have_buckets_of_their_own(metrics: Metrics) -> None:
    metrics.observe("upload_bytes", 5_000)

    assert 'upload_bytes_bucket{le="16384"} 1' in metrics.render().splitlines()


async def test_labels_are_escaped(metrics: Metrics) -> None:
    metrics.count("odd_total", route='a"b\\c\nd')

    assert 'odd_total{route="a\\"b\\\\c\\nd"} 1' in metrics.render().splitlines()
