"""What callers see when Cosmos DB fails, call by call, and what its calls are counted as."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.tenants import REGISTER, CosmosTenantRepository
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    BackendTimeoutError,
    InvalidError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)
from tests.emulators.cosmos import KEY, cosmos_database
from tests.emulators.gateway import Fault, Gateway, gateway
from tests.factories import ACME, tenant

pytestmark = pytest.mark.emulator

Call = Callable[[Items], Awaitable[object]]
CALLS: dict[str, Call] = {
    "read": lambda items: items.read("acme", "one"),
    "create": lambda items: items.create("acme", {"id": "two"}),
    "upsert": lambda items: items.upsert("acme", {"id": "two"}),
    "replace": lambda items: items.replace("acme", {"id": "one"}, '"etag"'),
    "delete": lambda items: items.delete("acme", "one"),
    "query": lambda items: items.query("acme", "*", "true"),
    "query_everywhere": lambda items: items.query_everywhere("*", "true"),
    "batch": lambda items: items.batch("acme", [("create", ({"id": "two"},))]),
}
FAULTS: dict[str, tuple[Fault, type[RagTenancyError]]] = {
    "throttled": (Fault(status=429, headers={"x-ms-retry-after-ms": "9000"}), UnavailableError),
    "failed": (Fault(status=500), UnavailableError),
    "away": (Fault(status=503), UnavailableError),
    "late": (Fault(status=408), BackendTimeoutError),
    "refused": (Fault(status=403), UnavailableError),
    "garbage": (Fault(status=200, body=b"<html>"), RejectedError),
    "reset": (Fault(status=0), UnavailableError),
}


@pytest.fixture
async def database() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        await Items(opened, "clients").create("acme", {"id": "one"})
        yield opened


@pytest.fixture
async def faulty(database: Cosmos) -> AsyncIterator[tuple[Gateway, Items]]:
    """Items behind a gateway, whose client is warm."""
    with gateway((await database.client()).client_connection.url_connection, where="/docs") as way:
        cosmos = open_cosmos(way.endpoint, KEY, database.database_name)
        items = Items(cosmos, "clients")
        await items.read("acme", "one")
        yield way, items
        await cosmos.close()


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("fault", "error"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_one_of_our_errors_at_every_call(
    faulty: tuple[Gateway, Items], call: Call, fault: Fault, error: type[RagTenancyError]
) -> None:
    way, items = faulty
    way.fault = fault

    with pytest.raises(error) as raised:
        await call(items)

    assert "secret" not in str(raised.value)


async def test_what_a_fault_hit_works_again_after_it(faulty: tuple[Gateway, Items]) -> None:
    way, items = faulty
    way.fault = Fault(status=0)
    with pytest.raises(UnavailableError):
        await items.read("acme", "one")

    way.fault = None

    assert await items.read("acme", "one") is not None


async def test_throttling_is_retried_a_few_times_and_its_wait_passed_on(
    faulty: tuple[Gateway, Items],
) -> None:
    way, items = faulty
    way.fault = Fault(status=429, headers={"x-ms-retry-after-ms": "20"})

    with pytest.raises(UnavailableError) as raised:
        await items.read("acme", "one")

    assert (raised.value.reason, raised.value.retry_after) == ("throttled", 0.02)
    assert way.faults == 4


async def test_a_long_wait_is_the_callers(faulty: tuple[Gateway, Items]) -> None:
    way, items = faulty
    way.fault = Fault(status=429, headers={"x-ms-retry-after-ms": "30000"})

    with pytest.raises(UnavailableError) as raised:
        await items.read("acme", "one")

    assert (way.faults, raised.value.retry_after) == (1, 30.0)


async def test_a_record_above_two_megabytes_is_refused_clearly(
    faulty: tuple[Gateway, Items],
) -> None:
    way, items = faulty
    way.fault = Fault(status=413)

    with pytest.raises(InvalidError) as raised:
        await items.create("acme", {"id": "big"})

    assert raised.value.reason == "record_too_large"


async def test_charges_are_counted_by_client_and_operation(database: Cosmos) -> None:
    metrics = PrometheusMetrics()
    endpoint = (await database.client()).client_connection.url_connection
    counted = open_cosmos(endpoint, KEY, database.database_name, metrics=metrics)

    await Items(counted, "clients").read("acme", "one")
    await counted.close()

    labels = '{client_id="acme",container="clients",operation="read"}'
    assert f"ragtenancy_cosmos_requests_total{labels} 1.0\n" in metrics.render()
    assert f"ragtenancy_cosmos_request_units_total{labels}" in metrics.render()


async def test_a_key_that_is_tried_is_no_label(database: Cosmos) -> None:
    metrics = PrometheusMetrics()
    endpoint = (await database.client()).client_connection.url_connection
    counted = open_cosmos(endpoint, KEY, database.database_name, metrics=metrics)
    keys = Items(counted, "api_keys", partition_by="id")

    await keys.create("sha256:feed", {"id": "sha256:feed"})
    await counted.close()

    assert "feed" not in metrics.render()
    assert 'client_id="*"' in metrics.render()


async def test_what_a_broken_creation_took_is_free_once_it_settled(database: Cosmos) -> None:
    taken = {"id": ACME.tenant_id, "namespace": ACME.namespace, "uid": "gone"}
    line = {"id": f"id~{ACME.tenant_id}", "kind": "id", "names": taken}
    await Items(database, "clients").create(REGISTER, line)

    with pytest.raises(AlreadyExistsError):
        await CosmosTenantRepository(database).add(tenant())
    await CosmosTenantRepository(database, settled_after=-60).add(tenant())

    assert await CosmosTenantRepository(database).get(ACME.tenant_id) == tenant()
