"""The clients of the services that keep records, vectors and originals."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from msgspec import Struct

from ragtenancy.composition.needed import given, require_package, revealed
from ragtenancy.ports.metrics import Metrics
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.azure_blob.client import AzureBlobs
    from ragtenancy.adapters.cosmos.client import Cosmos
    from ragtenancy.adapters.pinecone.client import PineconeIndex


class Services(Struct, frozen=True, kw_only=True):
    """The clients in use; None where the port is served without the service.

    `away` is the database for which `clients.yaml` stands in.
    """

    cosmos: Cosmos | None = None
    away: Cosmos | None = None
    pinecone: PineconeIndex | None = None
    blobs: AzureBlobs | None = None


def services(settings: Settings, metrics: Metrics, closers: AsyncExitStack) -> Services:
    """Return the clients that the settings ask for. Raises `ConfigurationError`."""
    backends = settings.backends
    stood_in_for = settings.clients_file is not None and backends.records == "memory"
    return Services(
        cosmos=_cosmos(settings, metrics, closers) if backends.records == "cosmos" else None,
        away=_cosmos(settings, metrics, closers) if stood_in_for else None,
        pinecone=_pinecone(settings, closers) if backends.vectors == "pinecone" else None,
        blobs=_blobs(settings, closers) if backends.blobs == "azure" else None,
    )


def _cosmos(settings: Settings, metrics: Metrics, closers: AsyncExitStack) -> Cosmos:
    require_package("azure.cosmos", "Records in Cosmos DB")
    from ragtenancy.adapters.cosmos.client import open_cosmos

    cosmos = settings.cosmos
    client = open_cosmos(
        given(cosmos.endpoint, "COSMOS_ENDPOINT"),
        revealed(cosmos.key),
        given(cosmos.database, "COSMOS_DATABASE"),
        metrics=metrics,
    )
    closers.push_async_callback(client.close)
    return client


def _pinecone(settings: Settings, closers: AsyncExitStack) -> PineconeIndex:
    require_package("pinecone", "Vectors in Pinecone")
    from ragtenancy.adapters.pinecone.client import open_pinecone

    pinecone = settings.pinecone
    index = open_pinecone(
        given(pinecone.api_key, "PINECONE_API_KEY").reveal(),
        given(pinecone.index_name, "PINECONE_INDEX_NAME"),
        host=pinecone.host,
        controller=pinecone.controller,
    )
    closers.push_async_callback(index.close)
    return index


def _blobs(settings: Settings, closers: AsyncExitStack) -> AzureBlobs:
    require_package("azure.storage.blob", "Originals in Azure Blob storage")
    from ragtenancy.adapters.azure_blob.client import open_blobs

    blob = settings.blob
    client = open_blobs(
        given(blob.endpoint, "RAGTENANCY_BLOB_ENDPOINT"), revealed(blob.key), blob.container
    )
    closers.push_async_callback(client.close)
    return client
