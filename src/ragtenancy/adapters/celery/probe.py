"""Whether the broker answers."""

from __future__ import annotations

import asyncio

from ragtenancy.adapters.celery.client import make_app
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe


class BrokerProbe(Probe):
    """Connects anew each time; without the broker workers look at the queue by themselves."""

    def __init__(self, broker_url: str) -> None:
        self._app = make_app(broker_url, gives_up=True)

    @property
    def name(self) -> str:
        return "broker"

    @property
    def required(self) -> bool:
        return False

    async def check(self) -> ProbeResult:
        try:
            await asyncio.to_thread(self._connect)
        except Exception:  # noqa: BLE001 - a transport's own, of any broker
            return ProbeResult(name=self.name, connected=False, required=self.required)
        return ProbeResult(name=self.name, connected=True, required=self.required)

    def _connect(self) -> None:
        with self._app.connection_for_write() as connection:
            connection.connect()
