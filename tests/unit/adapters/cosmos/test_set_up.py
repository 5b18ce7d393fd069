"""Set-up on accounts of each kind: what is made, what it costs, and what differs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from azure.cosmos import PartitionKey, ThroughputProperties

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.schema import prepare
from ragtenancy.adapters.cosmos.throughput import Throughput, provisioned
from ragtenancy.domain.errors import ConfigurationError
from tests.emulators import cosmos

pytestmark = pytest.mark.emulator

DAY = 86_400


@pytest.fixture(scope="module")
def serverless() -> Iterator[str]:
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator() as running:
        yield running.endpoint


@pytest.fixture(scope="module")
def billed() -> Iterator[str]:
    """An account that bills provisioned throughput."""
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator("--provisioned") as running:
        yield running.endpoint


async def set_up(
    opened: Cosmos, throughput: str | None = None, *, dry_run: bool = False, **more: Any
) -> list[str]:
    """Return the lines without the one about the emulator's consistency."""
    lines = await prepare(opened, throughput=throughput, dry_run=dry_run, **more)
    return [line for line in lines if "consistency" not in line]


plan = partial(set_up, dry_run=True)


@asynccontextmanager
async def database(endpoint: str) -> AsyncIterator[Cosmos]:
    opened = open_cosmos(endpoint, cosmos.KEY, f"test-{uuid4().hex}")
    yield opened
    await opened.close()


@pytest.fixture
async def absent(serverless: str) -> AsyncIterator[Cosmos]:
    async with database(serverless) as opened:
        yield opened


@pytest.fixture
async def made(absent: Cosmos) -> Cosmos:
    await set_up(absent)
    return absent


@pytest.fixture
async def absent_billed(billed: str) -> AsyncIterator[Cosmos]:
    async with database(billed) as opened:
        yield opened


@pytest.fixture
async def empty_billed(absent_billed: Cosmos) -> Cosmos:
    """A database without throughput to share, as the portal makes it, and no containers."""
    await (await absent_billed.client()).create_database(absent_billed.database_name)
    return absent_billed


async def offers(opened: Cosmos) -> list[Throughput]:
    """Return the throughput of the database and its containers."""
    found = await provisioned(await opened.client())
    database = await opened.database()
    every = [await database.read(), *[each async for each in database.list_containers()]]
    return [own for each in every if (own := found.of(each))]


async def container(opened: Cosmos, name: str) -> dict[str, Any]:
    return dict(await (await opened.container(name)).read())


async def test_a_serverless_account_is_asked_and_gets_no_throughput(absent: Cosmos) -> None:
    lines = await set_up(absent)

    assert lines[0].endswith("(serverless)")
    assert len(lines) == 12


async def test_throughput_is_refused_for_a_serverless_account(absent: Cosmos) -> None:
    with pytest.raises(ConfigurationError, match="The account is serverless"):
        await set_up(absent, throughput="400")


async def test_an_account_that_bills_throughput_must_be_told_how_much(
    absent_billed: Cosmos,
) -> None:
    with pytest.raises(ConfigurationError, match="bills provisioned throughput"):
        await set_up(absent_billed)


async def test_an_account_that_bills_throughput_is_not_serverless(absent_billed: Cosmos) -> None:
    with pytest.raises(ConfigurationError, match="The account is not serverless"):
        await set_up(absent_billed, throughput="serverless")


@pytest.mark.parametrize(
    ("setting", "made", "told"),
    [
        ("400", Throughput(400), "400 request units per second"),
        (
            "autoscale:1000",
            Throughput(1000, autoscale=True),
            "at most 1,000 request units per second",
        ),
    ],
)
async def test_a_new_database_shares_its_throughput(
    absent_billed: Cosmos, setting: str, made: Throughput, told: str
) -> None:
    said: list[str] = []

    lines = await set_up(absent_billed, throughput=setting, say=said.append)

    assert said == [f"note: throughput to pay for: {told}, shared by 11 containers"]
    assert lines[0] == said[0]
    assert await offers(absent_billed) == [made]


async def test_containers_of_a_database_without_throughput_cost_a_sum_that_is_named(
    empty_billed: Cosmos,
) -> None:
    with pytest.raises(ConfigurationError, match="at least 4,400 request units per second in all"):
        await set_up(empty_billed)

    assert await offers(empty_billed) == []


async def test_the_sum_is_said_before_anything_is_made(empty_billed: Cosmos) -> None:
    planned = await plan(empty_billed, throughput="400")

    assert planned[0] == (
        "note: throughput to pay for: 4,400 request units per second, "
        "11 containers with 400 request units per second each"
    )
    assert await offers(empty_billed) == []


async def test_throughput_applies_to_the_containers_of_an_existing_database(
    empty_billed: Cosmos,
) -> None:
    await set_up(empty_billed, throughput="autoscale:1000")

    assert await offers(empty_billed) == [Throughput(1000, autoscale=True)] * 11


async def test_a_container_added_to_shared_throughput_costs_nothing_more(
    absent_billed: Cosmos,
) -> None:
    await set_up(absent_billed, throughput="400")
    await (await absent_billed.database()).delete_container("jobs")

    lines = await set_up(absent_billed)

    assert lines == ["make container jobs, partitioned by /client_id"]
    assert await offers(absent_billed) == [Throughput(400)]


async def test_other_throughput_is_named_and_changed_only_on_demand(
    absent_billed: Cosmos,
) -> None:
    await set_up(absent_billed, throughput="400")

    named = await set_up(absent_billed, throughput="1000")
    between = await offers(absent_billed)
    changed = await set_up(absent_billed, throughput="1000", apply=True)

    assert "is 400 request units per second, should be 1,000" in named[0]
    assert named[0].endswith("`setup --apply` changes it")
    assert between == [Throughput(400)]
    assert changed[0].startswith("change database")
    assert await offers(absent_billed) == [Throughput(1000)]


async def test_manual_throughput_is_not_turned_into_autoscale(absent_billed: Cosmos) -> None:
    await set_up(absent_billed, throughput="400")

    lines = await set_up(absent_billed, throughput="autoscale:1000", apply=True)

    assert "az cosmosdb sql database throughput migrate" in lines[0]
    assert await offers(absent_billed) == [Throughput(400)]


async def test_throughput_of_single_containers_is_compared(empty_billed: Cosmos) -> None:
    await set_up(empty_billed, throughput="400")
    own = await empty_billed.container("chunks")
    await own.replace_throughput(ThroughputProperties(offer_throughput=500))

    lines = await set_up(empty_billed, throughput="400", apply=True)

    assert lines == [
        (
            "change container chunks: throughput is 500 request units per second, "
            "should be 400 request units per second"
        )
    ]
    assert await offers(empty_billed) == [Throughput(400)] * 11


async def test_what_set_up_made_does_not_differ(made: Cosmos) -> None:
    assert await set_up(made, apply=True) == []


async def test_an_expiry_that_would_lose_records_is_named_and_removed(made: Cosmos) -> None:
    await replace(made, "chunks", default_ttl=DAY)
    await replace(made, "documents")

    named = await set_up(made)
    changed = await set_up(made, apply=True)

    assert named == [
        (
            "note: container documents: time to live is off, should be each item's own; "
            "`setup --apply` changes it"
        ),
        (
            "note: container chunks: time to live is 86400 s, should be off; "
            "`setup --apply` changes it"
        ),
    ]
    assert [line.partition(":")[0] for line in changed] == [
        "change container documents",
        "change container chunks",
    ]
    assert await set_up(made) == []


async def test_another_indexing_policy_is_named_and_replaced(made: Cosmos) -> None:
    policy = {"indexingMode": "consistent", "automatic": True, "includedPaths": [{"path": "/a/?"}]}
    await replace(made, "chunks", indexing_policy=policy)

    named = await set_up(made)
    planned = await plan(made, apply=True)
    await set_up(made, apply=True)

    assert [line.partition(" is ")[0] for line in named] == [
        "note: container chunks: indexing policy, excludedPaths",
        "note: container chunks: indexing policy, includedPaths",
    ]
    assert [line[:23] for line in planned] == ["change container chunks"] * 2
    assert await set_up(made) == []


async def test_a_replaced_container_keeps_its_other_properties(made: Cosmos) -> None:
    rule = {"mode": "LastWriterWins", "conflictResolutionPath": "/_ts"}
    await replace(made, "chunks", default_ttl=DAY, conflict_resolution_policy=rule)

    await set_up(made, apply=True)

    assert (await container(made, "chunks"))["conflictResolutionPolicy"] == rule


async def test_another_partition_key_is_refused_before_anything_is_made(absent: Cosmos) -> None:
    client = await absent.client()
    await client.create_database(absent.database_name)
    await (await absent.database()).create_container("chunks", PartitionKey("/tenant"))

    with pytest.raises(ConfigurationError, match="chunks is partitioned by /tenant instead of"):
        await set_up(absent, apply=True)

    assert [each["id"] async for each in (await absent.database()).list_containers()] == ["chunks"]


async def test_unique_keys_are_refused(absent: Cosmos) -> None:
    client = await absent.client()
    await client.create_database(absent.database_name)
    unique: Any = {"uniqueKeys": [{"paths": ["/name"]}]}
    await (await absent.database()).create_container(
        "chunks", PartitionKey("/client_id"), unique_key_policy=unique
    )

    with pytest.raises(ConfigurationError, match="chunks has unique keys"):
        await set_up(absent)


async def test_a_managed_identity_is_sent_to_the_template() -> None:
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator("--keyless") as running:
        async with database(running.endpoint) as opened:
            with pytest.raises(ConfigurationError, match="setup --template bicep"):
                await plan(opened)


async def replace(opened: Cosmos, name: str, **changes: Any) -> None:
    """Replace a container by one that keeps only its partition key and indexing policy."""
    kept = await container(opened, name)
    options = {"indexing_policy": kept["indexingPolicy"], **changes}
    await (await opened.database()).replace_container(name, kept["partitionKey"], **options)
