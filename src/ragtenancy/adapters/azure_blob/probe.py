"""Whether the blob storage answers."""

from __future__ import annotations

from ragtenancy.adapters.azure_blob.client import CONNECT_SECONDS, AzureBlobs
from ragtenancy.adapters.azure_blob.errors import translated
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe


class AzureBlobProbe(Probe):
    """Reads the container's properties once; questions are answered without the originals."""

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
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False, required=self.required)
        return ProbeResult(name=self.name, connected=True, required=self.required)
