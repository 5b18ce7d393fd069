"""The SDK's clients of one index, and its health probe."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from ragtenancy.adapters.pinecone.errors import TIMEOUT_SECONDS, translated
from ragtenancy.domain.errors import ConfigurationError, RagTenancyError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.domain.metrics import PINECONE_REQUESTS, PINECONE_UNITS
from ragtenancy.ports.health import Probe
from ragtenancy.ports.metrics import Metrics

if TYPE_CHECKING:
    from pinecone import AsyncIndex, AsyncPinecone


ATTEMPT_SECONDS = 10.0
RETRIES = 2
LONGEST_WAIT = 2.0


class PineconeIndex:
    """One index; its clients are created on first use, which looks up the index's host.

    `seconds` bounds an operation, including the SDK's retries; they are the only ones, and each
    waits at most 2 s (plus up to half as much jitter), so that a longer `Retry-After` reaches the
    caller.
    """

    def __init__(
        self,
        api_key: str,
        name: str,
        *,
        host: str | None = None,
        controller: str | None = None,
        seconds: float = TIMEOUT_SECONDS,
        metrics: Metrics | None = None,
    ) -> None:
        self._metrics = metrics
        self._api_key = api_key
        self.name = name
        self.seconds = seconds
        self._host = host
        self._controller = controller
        self._control: AsyncPinecone | None = None
        self._data: AsyncIndex | None = None
        self._opening = asyncio.Lock()

    def control(self) -> AsyncPinecone:
        """Return the client that creates and describes indexes."""
        if self._control is None:
            from pinecone import AsyncPinecone, RetryConfig

            self._control = AsyncPinecone(
                api_key=self._api_key,
                host=self._controller,
                timeout=min(ATTEMPT_SECONDS, self.seconds),
                retry_config=RetryConfig(max_retries=RETRIES, max_wait=LONGEST_WAIT),
            )
        return self._control

    async def data(self) -> AsyncIndex:
        """Return the client of the index. Raises `NotFoundError` if there is no such index."""
        async with self._opening:
            if self._data is None:
                async with translated(seconds=self.seconds):
                    data = await self.control().index(self.name, host=self._host or "")
                _bound_retries(data)
                self._data = data
            return self._data

    def count(self, operation: str, client_id: str, read_units: float | None = None) -> None:
        """Count a request, and its read units if the service reports them."""
        if self._metrics is None:
            return
        labels = {"operation": operation, "client_id": client_id}
        self._metrics.count(PINECONE_REQUESTS, 1, **labels)
        if read_units is not None:
            self._metrics.count(PINECONE_UNITS, read_units, **labels)

    async def close(self) -> None:
        """Release the connections."""
        data, self._data = self._data, None
        control, self._control = self._control, None
        if data is not None:
            await data.close()
        if control is not None:
            await control.close()


def open_pinecone(
    api_key: str,
    index_name: str,
    *,
    host: str | None = None,
    controller: str | None = None,
    seconds: float = TIMEOUT_SECONDS,
    metrics: Metrics | None = None,
) -> PineconeIndex:
    """Return an index by name, or by its own `host`, which saves the lookup.

    `controller` is the control plane's address, by default Pinecone's. Raises `ConfigurationError`
    if the SDK is not installed.
    """
    try:
        import pinecone  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ConfigurationError(
            "PINECONE_INDEX_NAME needs the extra `ragtenancy[cloud]`."
        ) from error
    return PineconeIndex(
        api_key, index_name, host=host, controller=controller, seconds=seconds, metrics=metrics
    )


def _bound_retries(data: AsyncIndex) -> None:
    """Apply the control plane's retries to the data plane, for which the SDK has no option."""
    from pinecone import RetryConfig

    http = data._http
    policy = RetryConfig(max_retries=RETRIES, max_wait=LONGEST_WAIT)
    http._config = replace(http._config, retry_config=policy)


PROBE_SECONDS = 3.0


class PineconeProbe(Probe):
    """Requests the index's statistics."""

    def __init__(self, index: PineconeIndex, *, seconds: float = PROBE_SECONDS) -> None:
        self._index = index
        self._seconds = seconds

    @property
    def name(self) -> str:
        """The backend's name."""
        return "pinecone"

    async def check(self) -> ProbeResult:
        """Probe once; no reply within `seconds`, including the SDK's retries, means unavailable."""
        try:
            async with translated(seconds=self._seconds):
                index = await self._index.data()
                await index.describe_index_stats()
        except RagTenancyError as error:
            return self.unavailable(error)
        return ProbeResult(name=self.name, connected=True)
