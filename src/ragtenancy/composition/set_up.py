"""Making what the backends need before they can be used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.composition.models import one_dimension
from ragtenancy.composition.services import Services
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    InvalidError,
    MalformedError,
    NotFoundError,
    UnavailableError,
)
from ragtenancy.ports.embeddings import Embedders
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.azure_blob.client import AzureBlobs
    from ragtenancy.adapters.cosmos.client import Cosmos
    from ragtenancy.adapters.cosmos.plan_clients import FoundClient, PlanClients
    from ragtenancy.adapters.pinecone.client import PineconeIndex


class Prepare(Protocol):
    """One backend's part; says what was, or would be, done, a line each."""

    def __call__(self, *, dry_run: bool) -> Awaitable[Sequence[str]]:
        """Make what is missing; twice is fine."""


class SetUp:
    """Makes the data folder, database, containers and index that are missing; adopts clients."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        embedders: Callable[[], Embedders],
        tenants: Tenants,
    ) -> None:
        self._settings = settings
        self._services = services
        self._embedders = embedders
        self._tenants = tenants

    async def prepare(self, *, dry_run: bool = False) -> Sequence[str]:
        """Return what was, or would be, done. Raises `ConfigurationError`, `UnavailableError`."""
        return [line for part in self._parts() for line in await part(dry_run=dry_run)]

    def _parts(self) -> Iterator[Prepare]:
        backends, services = self._settings.backends, self._services
        if backends.records == "sqlite" or backends.blobs == "files":
            yield self._data_folder
        if services.cosmos is not None:
            yield partial(self._cosmos, services.cosmos)
        if services.pinecone is not None:
            yield partial(self._pinecone, services.pinecone)
        if services.blobs is not None:
            yield partial(self._blobs, services.blobs)
        if services.cosmos is not None:
            yield partial(self._plan_clients, services.cosmos)

    async def _data_folder(self, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.files.data_folder import prepare

        return await prepare(self._settings.data_dir, dry_run=dry_run)

    async def _cosmos(self, cosmos: Cosmos, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.cosmos.format import mark
        from ragtenancy.adapters.cosmos.schema import prepare

        throughput = self._settings.cosmos.throughput
        lines = await prepare(cosmos, throughput=throughput, dry_run=dry_run)
        if not dry_run:
            await mark(cosmos)
        return lines

    async def _pinecone(self, index: PineconeIndex, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.pinecone.schema import prepare

        pinecone = self._settings.pinecone
        return await prepare(
            index,
            dimension=one_dimension(self._embedders()),
            cloud=pinecone.cloud,
            region=pinecone.region,
            dry_run=dry_run,
        )

    async def _blobs(self, blobs: AzureBlobs, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.azure_blob.schema import prepare

        return await prepare(blobs, dry_run=dry_run)

    async def _plan_clients(self, cosmos: Cosmos, *, dry_run: bool) -> Sequence[str]:
        """Take over the plan's client records; a tenant's takes the place of each."""
        from ragtenancy.adapters.cosmos.plan_clients import PlanClients

        records, lines = PlanClients(cosmos), []
        for found in await self._found(records, dry_run=dry_run):
            try:
                client = found.record()
                if not dry_run:
                    async with records.kept(found):
                        await self._tenants.adopt(client)
            except (MalformedError, InvalidError, AlreadyExistsError) as error:
                lines.append(f"skip client record {found.item_id}: {error.detail}")
            else:
                key = "with its key" if client.api_key_hash else "without a key: there is no hash"
                lines.append(f"adopt client {client.tenant_id} {key}")
        return lines

    async def _found(self, records: PlanClients, *, dry_run: bool) -> Sequence[FoundClient]:
        """Return the records; before the containers are there, none."""
        try:
            return await records.found()
        except (NotFoundError, UnavailableError):
            if dry_run:
                return []
            raise
