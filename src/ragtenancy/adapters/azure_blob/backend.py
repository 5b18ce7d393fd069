"""Azure Blob storage: originals, a prefix per client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from ragtenancy.backend.offers import Backend, Backends, BlobsOffer, OpenedBlobs
from ragtenancy.backend.resources import Preparing, Resources
from ragtenancy.backend.sections import (
    Chosen,
    Described,
    Secret,
    Url,
    absent,
    given,
    require_package,
    revealed,
)

if TYPE_CHECKING:
    from ragtenancy.adapters.azure_blob.client import AzureBlobs
    from ragtenancy.backend.azure_template import AzurePart, Grantee
    from ragtenancy.ports.health import Probe


class BlobSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "endpoint": "RAGTENANCY_BLOB_ENDPOINT",
        "key": "RAGTENANCY_BLOB_KEY",
        "container": "RAGTENANCY_BLOB_CONTAINER",
    },
):
    """Azure Blob storage: originals, a prefix per client."""

    endpoint: Annotated[
        Url | None,
        Meta(
            description="The account's address, e.g. `https://ACCOUNT.blob.core.windows.net`; if set, originals are stored there."
        ),
    ] = None
    key: Annotated[
        Secret | None, Meta(description="The account's key; if unset, managed identity is used.")
    ] = None
    container: Annotated[Described, Meta(description="The container's name.")] = "ragtenancy"


def open_container(resources: Resources) -> AzureBlobs:
    """Return the container's client. Raises `ConfigurationError`."""
    require_package("azure.storage.blob", "Originals in Azure Blob storage")
    from ragtenancy.adapters.azure_blob.client import open_blobs

    blob = resources.section(BlobSettings)
    client = open_blobs(
        given(blob.endpoint, "RAGTENANCY_BLOB_ENDPOINT"), revealed(blob.key), blob.container
    )
    resources.closers.push_async_callback(client.close)
    return client


def _open(resources: Resources) -> OpenedBlobs:
    container = resources.once(open_container)
    from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
    from ragtenancy.adapters.azure_blob.tenant_storage import AzureBlobTenantStorage

    return OpenedBlobs(store=AzureBlobStore(container), storage=AzureBlobTenantStorage(container))


def _probe(resources: Resources) -> Probe:
    from ragtenancy.adapters.azure_blob.client import AzureBlobProbe

    return AzureBlobProbe(resources.once(open_container))


async def _set_up(resources: Resources, preparing: Preparing) -> Sequence[str]:
    from ragtenancy.adapters.azure_blob.client import prepare

    return await prepare(resources.once(open_container), dry_run=preparing.dry_run)


def _azure(chosen: Chosen, grantee: Grantee) -> AzurePart:
    from ragtenancy.adapters.azure_blob.template import azure_part

    blob = chosen.section(BlobSettings)
    return azure_part(blob.endpoint, blob.container, grantee)


def _faults(chosen: Chosen, backends: Backends) -> Iterator[str]:
    if backends.blobs == "azure":
        blob = chosen.section(BlobSettings)
        yield from absent(blob, "originals in Azure Blob storage", "endpoint")


AZURE_BLOB = Backend(
    name="azure_blob",
    section=BlobSettings,
    blobs=BlobsOffer(
        name="azure",
        implied=lambda chosen: bool(chosen.section(BlobSettings).endpoint),
        open=_open,
    ),
    faults=_faults,
    probe=_probe,
    set_up=_set_up,
    azure=_azure,
)
