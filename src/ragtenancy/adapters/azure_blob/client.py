"""The SDK's client of one container: its creation and its health probe."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ragtenancy.adapters.azure_blob.errors import translated
from ragtenancy.domain.errors import ConfigurationError, ConflictError, RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.health import Probe

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.storage.blob.aio import BlobClient, ContainerClient


EXTRA = "Azure Blob storage needs the extra `ragtenancy[cloud]`."
CONNECT_SECONDS = 5
READ_SECONDS = 30
CALL_SECONDS = 60.0
RETRIES = 2
FIRST_BACKOFF = 1
PIECE = 1_048_576  # more at once would block the event loop


class AzureBlobs:
    """One container; its client is created on first use, in the loop that uses it."""

    def __init__(
        self,
        endpoint: str,
        key: str | None,
        container: str,
        *,
        retries: int = RETRIES,
        seconds: float = CALL_SECONDS,
    ) -> None:
        self.name = container
        self._endpoint = endpoint
        self._key = key
        self._retries = retries
        self._seconds = seconds
        self._identity: AsyncTokenCredential | None = None

    @cached_property
    def container(self) -> ContainerClient:
        """The SDK's client. Raises `ConfigurationError` for an invalid address."""
        try:
            return self._made()
        except ValueError as error:
            raise ConfigurationError("The address of the blob storage is not valid.") from error

    def blob(self, scope: TenantScope, name: str) -> BlobClient:
        """Return the client of one of the tenant's blobs."""
        return self.container.get_blob_client(prefix(scope) + name)

    def call(self) -> AbstractAsyncContextManager[None]:
        """Bound a call's time, and translate its errors."""
        return translated(seconds=self._seconds)

    async def close(self) -> None:
        """Close the client; the object can be used again afterwards."""
        client = self.__dict__.pop("container", None)
        if client is not None:
            await client.close()
        if self._identity is not None:
            await self._identity.close()
            self._identity = None

    def _made(self) -> ContainerClient:
        from azure.storage.blob.aio import ContainerClient, ExponentialRetry

        from ragtenancy.adapters.azure_blob.transport import CheckedTransport

        retry = ExponentialRetry(
            initial_backoff=FIRST_BACKOFF, increment_base=2, retry_total=self._retries
        )
        options: dict[str, Any] = {  # the SDK's own are untyped
            "retry_policy": retry,
            "transport": CheckedTransport(
                connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS
            ),
            "max_single_get_size": PIECE,
            "max_chunk_get_size": PIECE,
        }
        if self._endpoint.startswith(("https://", "http://")):
            credential = self._key or self._managed_identity()
            return ContainerClient(self._endpoint, self.name, credential=credential, **options)
        return ContainerClient.from_connection_string(self._endpoint, self.name, **options)

    def _managed_identity(self) -> AsyncTokenCredential:
        from azure.identity.aio import DefaultAzureCredential

        self._identity = DefaultAzureCredential()
        return self._identity


def open_blobs(endpoint: str, key: str | None, container: str) -> AzureBlobs:
    """Return a container by the account's URL and key, or by a connection string alone.

    With a URL and no key the process's managed identity is used. Raises `ConfigurationError`
    when the SDK is not installed.
    """
    try:
        import aiohttp  # noqa: F401 - the SDK's asynchronous transport
        import azure.storage.blob.aio  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ConfigurationError(EXTRA) from error
    return AzureBlobs(endpoint, key, container)


def prefix(scope: TenantScope) -> str:
    """Return the prefix of the tenant's blob names."""
    return f"{scope.tenant_uid}/"


async def prepare(blobs: AzureBlobs, *, dry_run: bool) -> Sequence[str]:
    """Create the container if it is missing, without public access.

    Returns the actions taken, or planned. Raises `UnavailableError`.
    """
    async with blobs.call():
        present = await blobs.container.exists()
    if present:
        return [f"keep blob container {blobs.name}"]
    if not dry_run:
        await _make(blobs)
    return [f"create blob container {blobs.name}"]


async def _make(blobs: AzureBlobs) -> None:
    """Create it; another process may have done so first."""
    try:
        async with blobs.call():
            await blobs.container.create_container()
    except ConflictError:
        async with blobs.call():
            await blobs.container.get_container_properties()


class AzureBlobProbe(Probe):
    """Reads the container's properties once; not required, since answers need no originals."""

    def __init__(self, blobs: AzureBlobs) -> None:
        self._blobs = blobs

    @property
    def name(self) -> str:
        return "azure_blob"

    @property
    def required(self) -> bool:
        return False

    async def check(self) -> ProbeResult:
        try:
            async with translated(seconds=CONNECT_SECONDS):
                await self._blobs.container.get_container_properties(retry_total=0)
        except RagTenancyError as error:
            return self.unavailable(error)
        return ProbeResult(name=self.name, connected=True, required=self.required)
