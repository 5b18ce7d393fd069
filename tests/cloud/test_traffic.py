"""A chat beside a bulk load, where Cosmos DB grants 400 request units per second."""

from __future__ import annotations

import pytest

from tests.cloud.load import beside_load, beside_loaders, service, solo

pytestmark = [pytest.mark.emulator, pytest.mark.alone]

SECONDS = 4.0


async def test_a_bulk_load_leaves_a_chat_below_three_times_its_solo_time() -> None:
    async with service() as served:
        cosmos = served.opened(throughput=None)

        alone = await solo(cosmos, SECONDS, 1_000)
        beside = await beside_load(cosmos, SECONDS, 2_000)
        await cosmos.close()
        elsewhere = await beside_loaders(served, SECONDS, 3_000, processes=1)

    assert beside.chunks > 0
    assert beside.p95 < 3 * alone.p95
    assert elsewhere.chunks > 0
    assert elsewhere.p95 < 3 * alone.p95
