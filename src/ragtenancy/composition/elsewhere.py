"""Vectors and originals that lie with a service of their own, or beside records of another kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from ragtenancy.composition.every_store import Stores
from ragtenancy.composition.services import Services
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.health import Probe
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.azure_blob.client import AzureBlobs


class Elsewhere(Struct, frozen=True, kw_only=True):
    """What does not lie with the records; None is what does.

    `with_texts` gives the chunk store the texts that lie beside vectors, too.
    """

    vectors: VectorIndex | None = None
    with_texts: Callable[[ChunkRepository], ChunkRepository] | None = None
    blobs: BlobStore | None = None
    storages: Sequence[TenantStorage] = ()
    probes: Sequence[Probe] = ()

    def joined_to(self, stores: Stores) -> Stores:
        """Return the whole: containers are made in order, the records' first."""
        from ragtenancy.adapters.system.tenant_storage import JoinedTenantStorage

        if not self.storages:
            return stores
        return structs.replace(
            stores,
            vectors=self.vectors or stores.vectors,
            chunks=self.with_texts(stores.chunks) if self.with_texts else stores.chunks,
            blobs=self.blobs or stores.blobs,
            storage=JoinedTenantStorage([stores.storage, *self.storages]),
            probes=[*stores.probes, *self.probes],
        )


def elsewhere(settings: Settings, services: Services, closers: AsyncExitStack) -> Elsewhere:
    """Return what the settings put elsewhere."""
    vectors, blobs = _vectors(services, closers), _blobs(settings, services)
    return Elsewhere(
        vectors=vectors.vectors,
        with_texts=vectors.with_texts,
        blobs=blobs.blobs,
        storages=[*vectors.storages, *blobs.storages],
        probes=[*vectors.probes, *blobs.probes],
    )


def _vectors(services: Services, closers: AsyncExitStack) -> Elsewhere:
    index = services.pinecone
    if index is None:
        return Elsewhere()
    from ragtenancy.adapters.pinecone.chunks import PineconeChunkRepository
    from ragtenancy.adapters.pinecone.probe import PineconeProbe
    from ragtenancy.adapters.pinecone.tenant_storage import PineconeTenantStorage
    from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex

    def with_texts(chunks: ChunkRepository) -> ChunkRepository:
        texts = PineconeChunkRepository(chunks, index)
        closers.push_async_callback(texts.close)
        return texts

    return Elsewhere(
        vectors=PineconeVectorIndex(index),
        with_texts=with_texts,
        storages=[PineconeTenantStorage(index)],
        probes=[PineconeProbe(index)],
    )


def _blobs(settings: Settings, services: Services) -> Elsewhere:
    if services.blobs is not None:
        return _azure_blobs(services.blobs)
    if settings.backends.records != "cosmos":
        return Elsewhere()
    from ragtenancy.adapters.files.blobs import FileBlobStore
    from ragtenancy.adapters.files.tenant_storage import FileTenantStorage

    folder = settings.data_dir / "tenants"
    return Elsewhere(blobs=FileBlobStore(folder), storages=[FileTenantStorage(folder)])


def _azure_blobs(container: AzureBlobs) -> Elsewhere:
    from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
    from ragtenancy.adapters.azure_blob.probe import AzureBlobProbe
    from ragtenancy.adapters.azure_blob.tenant_storage import AzureBlobTenantStorage

    return Elsewhere(
        blobs=AzureBlobStore(container),
        storages=[AzureBlobTenantStorage(container)],
        probes=[AzureBlobProbe(container)],
    )
