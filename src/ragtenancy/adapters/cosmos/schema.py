"""Containers, their indexes and data format, and the database's health probe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.errors import translated
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.partition_usage import PartitionUsage
from ragtenancy.domain.errors import NewerStateError, RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

if TYPE_CHECKING:
    from azure.cosmos.aio import CosmosClient


STRONG = "Strong"
AT_LEAST_SESSION = ("Session", "BoundedStaleness")
NOT_ASKED_FOR: Sequence[str] = ("/record/*", "/bytes/?", '/"_etag"/?')


class Container(Struct, frozen=True, kw_only=True):
    """A container; with `expires` its items may have their own time to live."""

    name: str
    partition: str = "/client_id"
    expires: bool = False


CONTAINERS = (
    Container(name="clients"),
    Container(name="configs"),
    Container(name="api_keys", partition="/id"),
    Container(name="peppers"),
    Container(name="deletions"),
    Container(name="jobs"),
    Container(name="documents", expires=True),
    Container(name="chunks"),
    Container(name="conversations", expires=True),
    Container(name="idempotency", expires=True),
    Container(name="derived", expires=True),
)
INDEXING: Mapping[str, Any] = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": path} for path in NOT_ASKED_FOR],
}
FORMAT_CONTAINER = "peppers"  # for the whole installation; every reader names its partition
FORMAT_PARTITION = "=format"
FORMAT_ITEM = "format"
FORMAT = 2  # open jobs and intents each have one partition of all clients
UNMARKED = 1  # the format of a database without a mark


async def prepare(cosmos: Cosmos, *, throughput: int | None, dry_run: bool) -> Sequence[str]:
    """Create a missing database and containers; return the actions taken, or planned.

    `throughput` is in request units per second, shared by the containers; None is serverless.
    """
    async with translated():
        client, name = await cosmos.client(), cosmos.database_name
        steps = []
        if name not in [database["id"] async for database in client.list_databases()]:
            steps.append(_database_step(name, throughput))
            if not dry_run:
                await client.create_database_if_not_exists(name, offer_throughput=throughput)
        there = set() if steps and dry_run else await _containers(client, name)
        missing = [container for container in CONTAINERS if container.name not in there]
        for container in missing:
            steps.append(f"make container {container.name}, partitioned by {container.partition}")
            if not dry_run:
                await _make(client, name, container)
        return [*steps, *await _consistency(client)]


def _database_step(name: str, throughput: int | None) -> str:
    units = "serverless" if throughput is None else f"{throughput} request units per second"
    return f"make database {name} ({units})"


async def _containers(client: CosmosClient, database: str) -> set[str]:
    listed = client.get_database_client(database).list_containers()
    return {str(container["id"]) async for container in listed}


async def _make(client: CosmosClient, database: str, container: Container) -> None:
    from azure.cosmos import PartitionKey

    expiry: dict[str, Any] = {"default_ttl": -1} if container.expires else {}
    await client.get_database_client(database).create_container_if_not_exists(
        container.name,
        PartitionKey(container.partition),
        indexing_policy=dict(INDEXING),
        **expiry,
    )


async def _consistency(client: CosmosClient) -> Sequence[str]:
    """Return a warning if the account's consistency is too weak, or lets replicas lag."""
    account = await client._get_database_account()
    level = (account.ConsistencyPolicy or {}).get("defaultConsistencyLevel", STRONG)
    if level == STRONG:
        return []
    if level in AT_LEAST_SESSION:
        return [f"note: with consistency {level}, replicas see each other's writes a moment later"]
    return [f"note: the account's consistency is {level}; the service needs Session or stronger"]


class CosmosProbe(Probe):
    """Reads a nonexistent item, for one request unit, and once an hour the partitions' sizes."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "clients")
        self._usage = PartitionUsage(cosmos)

    @property
    def name(self) -> str:
        """The backend's name."""
        return "cosmos"

    async def check(self) -> ProbeResult:
        """Probe once."""
        try:
            await self._items.read("=probe", "probe")
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False)
        warning = await self._usage.warning()
        return ProbeResult(name=self.name, connected=True, warning=warning)


async def stored_format(cosmos: Cosmos) -> int:
    """Return the database's format. Raises `NewerStateError` for one of a newer version."""
    item = await Items(cosmos, FORMAT_CONTAINER).read(FORMAT_PARTITION, FORMAT_ITEM)
    stored = UNMARKED if item is None else int(item["format"])
    if stored > FORMAT:
        raise NewerStateError(f"the Cosmos DB database {cosmos.database_name}", stored, FORMAT)
    return stored


async def mark(cosmos: Cosmos) -> None:
    """Mark the database with this program's format."""
    await Items(cosmos, FORMAT_CONTAINER).upsert(
        FORMAT_PARTITION, {"id": FORMAT_ITEM, "format": FORMAT}
    )
