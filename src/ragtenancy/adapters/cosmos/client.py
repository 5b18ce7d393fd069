"""The connection to one Cosmos DB database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.cosmos.errors import translated
from ragtenancy.adapters.cosmos.traffic import BULK, CHARGE, INTERACTIVE, Level, Pace, Traffic
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.metrics import COSMOS_PARTITION_BYTES, COSMOS_REQUESTS, COSMOS_UNITS
from ragtenancy.ports.metrics import Metrics

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

CONNECT_SECONDS = 5
READ_SECONDS = 10
PAGE_ITEMS = 1_000


class Cosmos:
    """Opens the client on first use and counts the cost of requests in request units.

    `throughput`, in request units per second, bounds the bulk work of this process.
    """

    def __init__(
        self,
        endpoint: str,
        key: str | None,
        database: str,
        metrics: Metrics | None = None,
        *,
        throughput: int | None = None,
        interactive: Level = INTERACTIVE,
        bulk: Level = BULK,
        page_items: int = PAGE_ITEMS,
    ) -> None:
        self._endpoint = endpoint
        self._key = key
        self._name = database
        self._metrics = metrics
        self._traffic = Traffic(Pace(throughput), metrics)
        self.interactive = interactive
        self.bulk = bulk
        self.page_items = page_items
        self._opening = asyncio.Lock()
        self._closers = AsyncExitStack()
        self._client: CosmosClient | None = None

    @property
    def database_name(self) -> str:
        """The database's name."""
        return self._name

    async def client(self) -> CosmosClient:
        """Return the open client."""
        async with self._opening:
            if self._client is None:
                async with translated():
                    self._client = await self._open()
            return self._client

    async def database(self) -> DatabaseProxy:
        """Return the database, which may not exist yet."""
        return (await self.client()).get_database_client(self._name)

    async def container(self, name: str) -> ContainerProxy:
        """Return a container, which may not exist yet."""
        return (await self.database()).get_container_client(name)

    def count_charge(
        self, container: str, operation: str, client_id: str, headers: Mapping[str, Any]
    ) -> None:
        """Count a request and its cost."""
        if self._metrics is None:
            return
        labels = {"container": container, "operation": operation, "client_id": client_id}
        self._metrics.count(COSMOS_REQUESTS, 1, **labels)
        units = float(headers.get(CHARGE) or 0)
        self._metrics.count(COSMOS_UNITS, units, **labels)

    def report_size(self, container: str, client_id: str, size: int) -> None:
        """Report the bytes of a client's partition."""
        if self._metrics is not None:
            labels = {"container": container, "client_id": client_id}
            self._metrics.gauge(COSMOS_PARTITION_BYTES, size, **labels)

    async def close(self) -> None:
        """Close the client."""
        async with self._opening:
            self._client = None
            await self._closers.aclose()

    async def _open(self) -> CosmosClient:
        from azure.cosmos.aio import CosmosClient

        from ragtenancy.adapters.cosmos.transport import LevelledTransport

        client = CosmosClient(
            self._endpoint,
            await self._credential(),
            connection_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retry_throttle_total=-1,  # none (0 means the default of 9): the transport retries
            transport=LevelledTransport(
                self._traffic, interactive=self.interactive, bulk=self.bulk
            ),
            enable_endpoint_discovery=self._endpoint.startswith("https:"),
        )
        try:
            return await self._closers.enter_async_context(client)
        except BaseException:
            await (
                client.close()
            )  # entering the context connects; if that fails, its exit is never called
            raise

    async def _credential(self) -> str | AsyncTokenCredential:
        if self._key is not None:
            return self._key
        try:
            from azure.identity.aio import DefaultAzureCredential
        except ImportError:
            raise ConfigurationError(
                "Managed identity, used without COSMOS_KEY, needs the extra `ragtenancy[cloud]`."
            ) from None
        return await self._closers.enter_async_context(DefaultAzureCredential())


def open_cosmos(
    endpoint: str,
    key: str | None,
    database: str,
    *,
    metrics: Metrics | None = None,
    throughput: int | None = None,
) -> Cosmos:
    """Return a database that connects on first use; with managed identity if there is no key."""
    return Cosmos(endpoint, key, database, metrics, throughput=throughput)
