"""Set-up of the database, its data format, and its health probe."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.comparison import (
    TEMPLATE,
    Found,
    differences,
    misfits,
    sum_of,
    unmendable,
)
from ragtenancy.adapters.cosmos.containers import CONTAINERS, INDEXING, Container
from ragtenancy.adapters.cosmos.errors import translated
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.partition_usage import PartitionUsage
from ragtenancy.adapters.cosmos.throughput import (
    SERVERLESS,
    Throughput,
    asked_throughput,
    provisioned,
)
from ragtenancy.domain.errors import (
    ConfigurationError,
    NewerStateError,
    NotFoundError,
    RagTenancyError,
)
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

__all__ = ["CONTAINERS", "Container", "CosmosProbe", "mark", "prepare", "stored_format"]

STRONG = "Strong"
AT_LEAST_SESSION = ("Session", "BoundedStaleness")
KEPT: Mapping[str, str] = {  # properties that replacing a container would reset, by the SDK's name
    "conflictResolutionPolicy": "conflict_resolution_policy",
    "analyticalStorageTtl": "analytical_storage_ttl",
    "computedProperties": "computed_properties",
    "fullTextPolicy": "full_text_policy",
    "vectorEmbeddingPolicy": "vector_embedding_policy",
}
MIGRATE = "`az cosmosdb sql database throughput migrate`, or `container`, converts it"
FORMAT_CONTAINER = "peppers"  # for the whole installation; every reader names its partition
FORMAT_PARTITION = "=format"
FORMAT_ITEM = "format"
FORMAT = 2  # open jobs and intents each have one partition of all clients
UNMARKED = 1  # the format of a database without a mark


async def prepare(
    cosmos: Cosmos,
    *,
    throughput: str | None,
    dry_run: bool,
    apply: bool = False,
    say: Callable[[str], object] = lambda _: None,
) -> Sequence[str]:
    """Create a missing database and containers; return the actions taken, or planned.

    `throughput` is the setting. What exists is compared in full: a difference is returned as a
    note, or removed with `apply`. The sum of new throughput is passed to `say` before anything is
    created. Raises `ConfigurationError`, before anything is created, for a difference that cannot
    be removed and for an account that the setting does not fit.
    """
    name, asked = cosmos.database_name, asked_throughput(throughput)
    client = await cosmos.client()
    found = await _found(client, name)
    faults = [*misfits(found, throughput), *unmendable(found)]
    if faults:
        raise ConfigurationError(f"Cosmos DB database {name}: " + " ".join(faults))
    steps = [*sum_of(found, asked)]
    if not dry_run:
        for line in steps:
            say(line)
    steps += await _create(client, name, found, asked, dry_run=dry_run)
    steps += await _mend(client, name, found, apply=apply, dry_run=dry_run)
    steps += await _mend_throughput(client, name, found, asked, apply=apply, dry_run=dry_run)
    return [*steps, *await _consistency(client)]


async def _found(client: CosmosClient, name: str) -> Found:
    database = await _database(client, name)
    return Found(
        database=database,
        containers={} if database is None else await _containers(client, name),
        provisioned=await provisioned(client),
    )


async def _database(client: CosmosClient, name: str) -> Mapping[str, Any] | None:
    try:
        async with translated():
            return await client.get_database_client(name).read()
    except NotFoundError:
        return None


async def _containers(client: CosmosClient, name: str) -> Mapping[str, Mapping[str, Any]]:
    async with translated():
        listed = client.get_database_client(name).list_containers()
        return {str(container["id"]): container async for container in listed}


async def _create(
    client: CosmosClient, name: str, found: Found, asked: Throughput | None, *, dry_run: bool
) -> Sequence[str]:
    """Create what is missing."""
    steps = []
    own = None if found.database is None or found.shared else asked
    if found.database is None:
        steps.append(f"make database {name} ({asked or SERVERLESS})")
        if not dry_run:
            await _make_database(client, name, asked)
    for each in found.missing:
        costs = f" ({own})" if own else ""
        steps.append(f"make container {each.name}, partitioned by {each.partition}{costs}")
        if not dry_run:
            await _make(client, name, each, own)
    return steps


async def _make_database(client: CosmosClient, name: str, asked: Throughput | None) -> None:
    offer = None if asked is None else asked.offer()
    async with translated():
        await client.create_database_if_not_exists(name, offer_throughput=offer)


async def _make(
    client: CosmosClient, database: str, container: Container, own: Throughput | None
) -> None:
    from azure.cosmos import PartitionKey

    options: dict[str, Any] = {} if container.ttl is None else {"default_ttl": container.ttl}
    if own is not None:
        options["offer_throughput"] = own.offer()
    async with translated():
        await client.get_database_client(database).create_container_if_not_exists(
            container.name,
            PartitionKey(container.partition),
            indexing_policy=dict(INDEXING),
            **options,
        )


async def _mend(
    client: CosmosClient, name: str, found: Found, *, apply: bool, dry_run: bool
) -> Sequence[str]:
    """Name every difference of a container, or with `apply` remove it."""
    steps = []
    for each, properties in found.present:
        told = [f"container {each.name}: {one}" for one in differences(each, properties)]
        steps += [_told(line, found, apply=apply) for line in told]
        if told and apply and found.changeable and not dry_run:
            await _replace(client, name, each, properties)
    return steps


def _told(difference: str, found: Found, *, apply: bool) -> str:
    if not found.changeable:
        return f"note: {difference}; deploy {TEMPLATE} to change it"
    return f"change {difference}" if apply else f"note: {difference}; `setup --apply` changes it"


async def _replace(
    client: CosmosClient, database: str, container: Container, properties: Mapping[str, Any]
) -> None:
    """Replace a container's policy and time to live, and keep its other properties."""
    kept = {ours: properties[theirs] for theirs, ours in KEPT.items() if properties.get(theirs)}
    async with translated():
        await client.get_database_client(database).replace_container(
            container.name,
            properties["partitionKey"],
            indexing_policy=dict(INDEXING),
            default_ttl=container.ttl,
            **kept,
        )


async def _mend_throughput(
    client: CosmosClient,
    name: str,
    found: Found,
    asked: Throughput | None,
    *,
    apply: bool,
    dry_run: bool,
) -> Sequence[str]:
    """Name throughput other than asked for, or with `apply` change it."""
    if asked is not None and not found.changeable:
        return ["note: throughput not compared: roles of the data plane cannot read it"]
    steps = []
    for place, has, proxy in _provisioned(client, name, found):
        difference = f"{place}: throughput is {has}, should be {asked}"
        if asked is None or has == asked:
            continue
        if has.autoscale is not asked.autoscale:
            steps.append(f"note: {difference}; {MIGRATE}")
            continue
        steps.append(_told(difference, found, apply=apply))
        if apply and not dry_run:
            await _replace_throughput(proxy, asked)
    return steps


def _provisioned(
    client: CosmosClient, name: str, found: Found
) -> Iterator[tuple[str, Throughput, DatabaseProxy | ContainerProxy]]:
    """Yield what has the throughput that the setting is about: the database, else each container."""
    database = client.get_database_client(name)
    if found.shared:
        yield f"database {name}", found.shared, database
        return
    for each, properties in found.present:
        if own := found.provisioned.of(properties):
            yield f"container {each.name}", own, database.get_container_client(each.name)


async def _replace_throughput(
    proxy: DatabaseProxy | ContainerProxy, throughput: Throughput
) -> None:
    async with translated():
        await proxy.replace_throughput(throughput.offer())


async def _consistency(client: CosmosClient) -> Sequence[str]:
    """Return a warning if the account's consistency is too weak, or lets replicas lag."""
    async with translated():
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
        except RagTenancyError as error:
            return self.unavailable(error)
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
