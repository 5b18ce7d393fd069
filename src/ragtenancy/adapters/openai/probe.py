"""Whether the model's server answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.adapters.openai.errors import translated
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

if TYPE_CHECKING:
    from openai import AsyncOpenAI

PROBE_SECONDS = 5.0


class OpenAIProbe(Probe):
    """Lists the models, which costs nothing; without them search and refusals still work."""

    def __init__(self, client: AsyncOpenAI, *, name: str = "openai") -> None:
        self._client = client
        self._name = name

    @property
    def name(self) -> str:
        """The backend's name."""
        return self._name

    @property
    def required(self) -> bool:
        """False: without models search by words still works."""
        return False

    async def check(self) -> ProbeResult:
        """Ask once, without the SDK's retries."""
        try:
            async with translated(seconds=PROBE_SECONDS):
                await self._client.with_options(max_retries=0).models.list()
        except RagTenancyError:
            return ProbeResult(name=self.name, connected=False, required=self.required)
        return ProbeResult(name=self.name, connected=True, required=self.required)
