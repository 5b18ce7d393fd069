"""Making what the backends need before they can be used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol

from ragtenancy.app.api_keys.adopt import AdoptPlanKey
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.settings import Settings
from ragtenancy.wiring.services import Services


class Prepare(Protocol):
    """One backend's part; says what was, or would be, done, a line each."""

    def __call__(self, *, dry_run: bool) -> Awaitable[Sequence[str]]:
        """Make what is missing; twice is fine."""


class SetUp:
    """Makes the data folder, database, containers, index and key records that are missing."""

    def __init__(
        self,
        settings: Settings,
        services: Services,
        embedder: Callable[[], Embedder],
        adopt: AdoptPlanKey,
    ) -> None:
        self._settings = settings
        self._services = services
        self._embedder = embedder
        self._adopt = adopt

    async def __call__(self, *, dry_run: bool = False) -> Sequence[str]:
        """Return what was, or would be, done. Raises `ConfigurationError`, `UnavailableError`."""
        return [line for part in self._parts() for line in await part(dry_run=dry_run)]

    def _parts(self) -> Iterator[Prepare]:
        backends = self._settings.backends
        if backends.records == "sqlite" or backends.blobs == "files":
            yield self._data_folder
        if self._services.cosmos is not None:
            yield self._cosmos
        if self._services.pinecone is not None:
            yield self._pinecone
        if self._services.blobs is not None:
            yield self._blobs
        if self._services.cosmos is not None:
            yield self._plan_keys

    async def _data_folder(self, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.files.data_folder import prepare

        return await prepare(self._settings.data_dir, dry_run=dry_run)

    async def _cosmos(self, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.cosmos.schema import prepare

        throughput = self._settings.cosmos.throughput
        return await prepare(self._services.cosmos, throughput=throughput, dry_run=dry_run)

    async def _pinecone(self, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.pinecone.schema import prepare

        pinecone = self._settings.pinecone
        return await prepare(
            self._services.pinecone,
            dimension=self._embedder().model.dimension,
            cloud=pinecone.cloud,
            region=pinecone.region,
            dry_run=dry_run,
        )

    async def _blobs(self, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.azure_blob.schema import prepare

        return await prepare(self._services.blobs, dry_run=dry_run)

    async def _plan_keys(self, *, dry_run: bool) -> Sequence[str]:
        from ragtenancy.adapters.cosmos.plan_keys import plan_key_hashes

        lines = []
        for tenant, api_key_hash in await plan_key_hashes(self._services.cosmos):
            missing = await self._adopt(tenant, api_key_hash, dry_run=dry_run)
            lines.append(f"{'create' if missing else 'keep'} key record of {tenant.tenant_id}")
        return lines
