"""A real Cosmos DB account, for tier cloud: one database, marked as a test's by its name."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.schema import CONTAINERS, prepare

NEEDS = ("COSMOS_ENDPOINT", "COSMOS_KEY", "COSMOS_TEST_DATABASE")
MARK = "ragtenancy-test"
_used: set[str] = set()


@asynccontextmanager
async def cloud_database() -> AsyncIterator[Cosmos]:
    """Give the test's database, empty; it is removed when the tests end."""
    cosmos = _opened()
    try:
        if cosmos.database_name not in _used:
            throughput = os.environ.get("COSMOS_TEST_THROUGHPUT")
            await prepare(cosmos, throughput=throughput, dry_run=False, say=print)
            _used.add(cosmos.database_name)
        await _empty(cosmos)
        yield cosmos
    finally:
        await cosmos.close()


def _opened() -> Cosmos:
    endpoint, key, database = (os.environ[name] for name in NEEDS)
    if not database.startswith(MARK):
        raise ValueError(f"COSMOS_TEST_DATABASE must begin with {MARK!r}: all of it is deleted")
    return open_cosmos(endpoint, key, database)


async def _empty(cosmos: Cosmos) -> None:
    for each in CONTAINERS:
        container = await cosmos.container(each.name)
        field = each.partition.removeprefix("/")
        async for item in container.query_items(f"SELECT c.id, c.{field} FROM c"):  # noqa: S608 - ours
            await container.delete_item(item["id"], item[field])


async def remove_what_was_used() -> None:
    """Remove the database, if a test has used it."""
    if not _used:
        return
    cosmos = _opened()
    await (await cosmos.client()).delete_database(cosmos.database_name)
    await cosmos.close()
