"""Signals of waiting jobs through a broker, and the broker's health probe."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog

from ragtenancy.adapters.celery.client import TASK, make_app
from ragtenancy.domain.health import ProbeResult
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.health import Probe
from ragtenancy.ports.job_signals import JobSignals

log = structlog.get_logger(__name__)

PUBLISH_SECONDS = 2.0


class CeleryJobSignals(JobSignals):
    """Publishes from a dedicated thread, each message within `seconds` or not at all."""

    def __init__(self, broker_url: str, *, seconds: float = PUBLISH_SECONDS) -> None:
        self._app = make_app(broker_url, gives_up=True)
        self._seconds = seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="job-signals")

    async def submitted(self, scope: TenantScope, job_id: JobId) -> None:  # noqa: ARG002 - the port's
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                await loop.run_in_executor(self._thread, self._publish, job_id)
        except Exception as error:  # noqa: BLE001 - a transport's own, of any broker
            log.warning("job_not_signalled", job_id=job_id, error_type=type(error).__name__)

    async def close(self) -> None:
        """Stop the thread and close its connection."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
        await asyncio.to_thread(self._app.close)

    def _publish(self, job_id: JobId) -> None:
        self._app.send_task(TASK, args=[job_id], retry=False)


class BrokerProbe(Probe):
    """Connects anew each time; not required, since workers also poll the queue."""

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
