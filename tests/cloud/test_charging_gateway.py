"""The gateways that `make bill` measures with: what they charge, page and refuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.partitions import creating
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from tests.emulators.charging_gateway import ChargingGateway, charging_gateway
from tests.emulators.cosmos import KEY, cosmos_database
from tests.emulators.tariffs import Call, Charge, CosmosTariff, PineconeTariff

pytestmark = pytest.mark.emulator

PARTITIONS = 4


@pytest.fixture
async def database() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        yield opened


def charged(gateway: ChargingGateway) -> Counter[str]:
    return Counter(charge.operation for charge in gateway.bill if charge.units)


async def test_requests_are_charged_and_the_product_reports_the_charge(database: Cosmos) -> None:
    metrics = PrometheusMetrics()
    with charging_gateway(database._endpoint, CosmosTariff(PARTITIONS)) as gateway:
        cosmos = open_cosmos(gateway.url, KEY, database.database_name, metrics=metrics)
        items = Items(cosmos, "chunks")
        await items.create("acme", {"id": "one"})
        await items.read("acme", "one")
        await items.query("acme", "*", "true")
        await items.query_everywhere("*", "true")
        await cosmos.close()

    queries = [charge.units for charge in gateway.bill if charge.operation.startswith("query")]
    assert charged(gateway) == Counter(
        {"create": 1, "read": 1, "query": 1, "query of all partitions": 1}
    )
    assert [round(units / 2.5) for units in queries] == [1, PARTITIONS]
    assert 'operation="create"} 6.0' in metrics.render()


async def test_a_reply_has_at_most_a_hundred_items(database: Cosmos) -> None:
    stored = Items(database, "chunks")
    for start in range(0, 250, 50):
        made = [{"id": f"{n:03d}"} for n in range(start, start + 50)]
        await stored.batch("acme", creating(made))
    with charging_gateway(database._endpoint, CosmosTariff()) as gateway:
        cosmos = open_cosmos(gateway.url, KEY, database.database_name)
        found = await Items(cosmos, "chunks").query("acme", "VALUE c.id", "true")
        await cosmos.close()

    assert len(found) == 250
    assert charged(gateway)["query"] == 3


async def test_above_its_rate_it_refuses_and_the_product_waits(database: Cosmos) -> None:
    with charging_gateway(database._endpoint, CosmosTariff(), rate=20) as gateway:
        cosmos = open_cosmos(gateway.url, KEY, database.database_name)
        items = Items(cosmos, "chunks")
        for number in range(6):
            await items.create("acme", {"id": str(number)})
        await cosmos.close()

    assert gateway.refused > 0
    assert len(await Items(database, "chunks").query("acme", "*", "true")) == 6


def test_pinecone_charges_by_records_pages_and_kilobytes() -> None:
    tariff = PineconeTariff()
    record = (
        b'{"id": "d#1#0", "values": [0.5, 0.5], "metadata": {"text": "' + b"x" * 10_240 + b'"}}'
    )
    calls = [
        _call("POST", "/vectors/upsert", b'{"vectors": [' + record + b"]}"),
        _call("POST", "/query", b"{}"),
        _call("GET", "/vectors/fetch?" + "&".join(f"ids={n}" for n in range(25))),
        _call("GET", "/vectors/list?prefix=d"),
        _call("POST", "/vectors/delete", b'{"ids": ["d#1#0"]}'),
        _call("DELETE", "/namespaces/acme"),
        _call("GET", "/namespaces/acme"),
    ]

    charges = [tariff.charge(call) for call in calls]

    assert [(c.operation, round(c.reads, 2), round(c.writes)) for c in charges] == [
        ("upsert", 0.0, 10),
        ("query", 0.25, 0),
        ("fetch", 2.5, 0),
        ("list", 1.0, 0),
        ("delete", 0.0, 10),
        ("delete namespace", 0.0, 5),
        ("free", 0.0, 0),
    ]
    assert tariff.charge(calls[4]) == Charge(operation="delete", writes=5.0)


def _call(method: str, path: str, body: bytes = b"") -> Call:
    return Call(method=method, path=path, headers={}, body=body, status=200, reply=b"{}")
