"""Whether Cosmos DB answers."""

from __future__ import annotations

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe


class CosmosProbe(Probe):
    """Reads an item that is not there, for one request unit."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "clients")

    @property
    def name(self) -> str:
        """The backend's name."""
        return "cosmos"

    async def check(self) -> ProbeResult:
        """Ask once."""
        try:
            await self._items.read("=probe", "probe")
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False)
        return ProbeResult(name=self.name, connected=True)
