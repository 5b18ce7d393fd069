"""What callers see when Cosmos DB fails, call by call, and what its calls are counted as."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from azure.core.exceptions import ClientAuthenticationError
from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.errors import translated
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.tenants import REGISTER, CosmosTenantRepository
from ragtenancy.adapters.cosmos.traffic import INTERACTIVE
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    BackendTimeoutError,
    InvalidError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)
from tests.cloud.gateway import throttled
from tests.emulators.cosmos import KEY, cosmos_database
from tests.emulators.gateway import Fault, Gateway, Request, gateway, running
from tests.factories import ACME, tenant

pytestmark = pytest.mark.emulator

Call = Callable[[Items], Awaitable[object]]


# Azure/azure-cosmos-dotnet-v3, TransactionalBatchOperationResult: the names; the values are guessed
IN_A_BATCH = Fault(
    status=207,
    headers={"Content-Type": "application/json"},
    body=b'[{"statusCode":429,"subStatusCode":3200,"requestCharge":0,"retryAfterMilliseconds":5},'
    b'{"statusCode":424,"requestCharge":0}]',
)


class Stubborn(Gateway):
    """Refuses a number of requests, by default each with a wait of a millisecond."""

    def __init__(self, upstream: str, *, refusals: int, fault: Fault | None = None) -> None:
        super().__init__(upstream, "/docs")
        self.refusals = refusals
        self.refusal = fault or throttled(1)

    def fault_of(self, request: Request) -> Fault | None:
        """Return a refusal while some are left."""
        if self.where not in request.path or not self.refusals:
            return None
        self.refusals -= 1
        return self.refusal


def refused(status: int, substatus: int | None, message: str) -> Fault:
    """Return a refusal in the service's shape, its substatus in the header."""
    body = json.dumps({"code": "Forbidden" if status == 403 else str(status), "message": message})
    headers = {} if substatus is None else {"x-ms-substatus": str(substatus)}
    return Fault(status=status, headers=headers, body=body.encode())


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


FORBIDDEN = "https://learn.microsoft.com/azure/cosmos-db/nosql/troubleshoot-forbidden"
PARTICULAR: dict[str, tuple[Fault, str]] = {
    # FORBIDDEN, "Partition key exceeding storage"
    "partition full": (
        refused(403, 1014, "Partition key reached maximum size of 20 GB"),
        "partition_full",
    ),
    # microsoft/azure-tools-for-java#7123
    "firewall": (
        refused(
            403,
            None,
            "Request originated from IP 168.181.48.244 through public internet. This is blocked by"
            " your Cosmos DB account firewall settings. More info:"
            " https://aka.ms/cosmosdb-tsg-forbidden",
        ),
        "backend_firewall",
    ),
    # Azure/azure-cosmos-dotnet-v3#2298
    "firewall, older": (
        refused(
            403,
            0,
            "Request is blocked. Please check your authorization token and Cosmos DB account"
            " firewall settings.",
        ),
        "backend_firewall",
    ),
    # FORBIDDEN, "Firewall blocking requests"
    "private endpoint": (
        refused(403, None, "Request originated from client VNET through private endpoint."),
        "backend_firewall",
    ),
    # Azure/azure-cosmos-dotnet-v3#2891; 5302 for actions on items is the issue's own
    "no role": (
        refused(
            403,
            5301,
            "Request blocked by Auth acme : Request is blocked because principal [p] does not have"
            " required RBAC permissions to perform action"
            " [Microsoft.DocumentDB/databaseAccounts/readMetadata] on resource [/].",
        ),
        "backend_role",
    ),
    "no role for the action": (refused(403, 5302, "Request blocked by Auth acme"), "backend_role"),
    # dotnet/efcore#32197
    "no data operation": (
        refused(
            403,
            5300,
            "Request blocked by Auth acme : The given request [POST /dbs/catalogdb/colls] cannot be"
            " authorized by AAD token in data plane.",
        ),
        "backend_role",
    ),
    # Azure/azure-cosmosdb-ads-extension#120
    "local authorization": (
        refused(
            401, 0, "Local Authorization is disabled. Use an AAD token to authorize all requests."
        ),
        "backend_auth",
    ),
    # learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb names the case (403,
    # "the resource quota has been reached"); the message is guessed
    "quota": (refused(403, None, "The resource quota has been reached."), "quota_exceeded"),
    # Azure/azure-cosmos-dotnet-v3#4976
    "unread session": (
        refused(404, 1002, "The read session is not available for the input session token."),
        "storage_behind",
    ),
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


@pytest.mark.parametrize("call", [CALLS["read"], CALLS["batch"]], ids=["read", "batch"])
@pytest.mark.parametrize(("fault", "code"), PARTICULAR.values(), ids=PARTICULAR)
async def test_a_refusal_says_what_it_is(
    faulty: tuple[Gateway, Items], call: Call, fault: Fault, code: str
) -> None:
    way, items = faulty
    way.fault = fault

    with pytest.raises(UnavailableError) as raised:
        await call(items)

    assert raised.value.reason == code


async def test_a_missing_token_is_a_matter_of_credentials() -> None:
    with pytest.raises(UnavailableError) as raised:
        async with translated():
            raise ClientAuthenticationError("DefaultAzureCredential failed: secret")

    assert raised.value.reason == "backend_auth"
    assert "secret" not in str(raised.value)


async def test_what_a_fault_hit_works_again_after_it(faulty: tuple[Gateway, Items]) -> None:
    way, items = faulty
    way.fault = Fault(status=0)
    with pytest.raises(UnavailableError):
        await items.read("acme", "one")

    way.fault = None

    assert await items.read("acme", "one") is not None


async def test_throttling_is_retried_until_patience_runs_out_and_its_wait_passed_on(
    database: Cosmos,
) -> None:
    endpoint = (await database.client()).client_connection.url_connection
    level = structs.replace(INTERACTIVE, patience=1.0)
    with gateway(endpoint, where="/docs") as way:
        cosmos = Cosmos(way.endpoint, KEY, database.database_name, interactive=level)
        way.fault = throttled(20)

        with pytest.raises(UnavailableError) as raised:
            await Items(cosmos, "clients").read("acme", "one")
        await cosmos.close()

    assert (raised.value.reason, raised.value.retry_after) == ("throttled", 0.02)
    assert 4 < way.faults <= 51


async def test_throttling_is_retried_however_short_and_many_its_waits_are(
    database: Cosmos,
) -> None:
    endpoint = (await database.client()).client_connection.url_connection
    with running(Stubborn(endpoint, refusals=12)) as way:
        cosmos = open_cosmos(way.endpoint, KEY, database.database_name)

        found = await Items(cosmos, "clients").read("acme", "one")
        await cosmos.close()

    assert found is not None
    assert way.refusals == 0


async def test_a_batch_is_retried_if_one_of_its_operations_was_throttled(database: Cosmos) -> None:
    endpoint = (await database.client()).client_connection.url_connection
    with running(Stubborn(endpoint, refusals=3, fault=IN_A_BATCH)) as way:
        cosmos = open_cosmos(way.endpoint, KEY, database.database_name)

        written = await Items(cosmos, "clients").batch(
            "acme", [("create", ({"id": "two"},)), ("create", ({"id": "three"},))]
        )
        await cosmos.close()

    assert [item["id"] for item in written] == ["two", "three"]
    assert way.refusals == 0


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
