"""Whether the index answers."""

from __future__ import annotations

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.errors import translated
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

SECONDS = 3.0


class PineconeProbe(Probe):
    """Asks for the index's statistics."""

    def __init__(self, index: PineconeIndex, *, seconds: float = SECONDS) -> None:
        self._index = index
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The backend's name."""
        return "pinecone"

    async def check(self) -> ProbeResult:
        """Ask once; what takes longer than `seconds`, the SDK's retries included, is away."""
        try:
            async with translated(seconds=self._seconds):
                index = await self._index.data()
                await index.describe_index_stats()
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False)
        return ProbeResult(name=self.name, connected=True)
