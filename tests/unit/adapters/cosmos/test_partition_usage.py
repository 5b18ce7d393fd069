"""A client's partition that is nearly full shows in metrics and in the health."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.partition_usage import EVERY_SECONDS, NEARLY_FULL, PartitionUsage
from ragtenancy.adapters.cosmos.schema import CosmosProbe
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from tests.emulators.cosmos import KEY, cosmos_database
from tests.emulators.pinecone import PassingTime

pytestmark = pytest.mark.emulator

FULL = 20 * 1_024
METRIC = 'ragtenancy_cosmos_partition_bytes{client_id="acme",container="chunks"}'


@pytest.fixture
async def database() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        yield opened


@pytest.fixture
def time() -> PassingTime:
    return PassingTime()


async def fill(database: Cosmos) -> None:
    await Items(database, "chunks").upsert("acme", {"id": "large", "text": "x" * FULL})
    await Items(database, "chunks").upsert("globex", {"id": "small"})


async def test_a_client_with_much_data_warns_and_a_small_one_does_not(
    database: Cosmos, time: PassingTime
) -> None:
    usage = PartitionUsage(database, warn_at=FULL, monotonic=time.monotonic)
    before = await usage.warning()
    await fill(database)

    unread = await usage.warning()
    time.seconds += EVERY_SECONDS

    assert (before, unread) == (None, None)
    assert await usage.warning() == NEARLY_FULL


async def test_sizes_are_in_the_metrics_and_vanish_with_the_data(
    database: Cosmos, time: PassingTime
) -> None:
    metrics = PrometheusMetrics()
    await fill(database)
    cosmos = open_cosmos(
        (await database.client()).client_connection.url_connection,
        KEY,
        database.database_name,
        metrics=metrics,
    )
    usage = PartitionUsage(cosmos, warn_at=FULL, monotonic=time.monotonic)

    await usage.warning()
    filled = metrics.render()
    await Items(database, "chunks").delete("acme", "large")
    time.seconds += EVERY_SECONDS
    after = await usage.warning()
    await cosmos.close()

    assert f"{METRIC} {21 * 1_024:.1f}" in filled
    assert f"{METRIC} 0.0" in metrics.render()
    assert after is None


async def test_unknown_sizes_do_not_make_the_store_unavailable() -> None:
    cosmos = open_cosmos("http://127.0.0.1:9", KEY, "absent")
    usage = PartitionUsage(cosmos)

    assert await usage.warning() is None


async def test_the_probe_of_a_small_database_does_not_warn(database: Cosmos) -> None:
    await fill(database)

    result = await CosmosProbe(database).check()

    assert (result.connected, result.warning) == (True, None)
