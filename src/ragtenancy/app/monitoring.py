"""This process's metrics, with the state of the queue that all processes share."""

from __future__ import annotations

import asyncio
from math import nan

import structlog

from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.metrics import OLDEST_JOB, QUEUED_JOBS, RUNNING_JOBS
from ragtenancy.domain.queueing import Backlog
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.metrics import Metrics

log = structlog.get_logger(__name__)

KEPT_SECONDS = 10.0
READ_SECONDS = 5.0


class Monitoring:
    """Renders the metrics for a scrape; the queue is read at most every ten seconds."""

    def __init__(self, metrics: Metrics, job_repository: JobRepository, clock: Clock) -> None:
        self._metrics = metrics
        self._jobs = job_repository
        self._clock = clock
        self._read_at: float | None = None

    async def render(self) -> str:
        """Return all metrics in Prometheus' text format; the queue is NaN if it cannot be read."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= KEPT_SECONDS:
            self._read_at = now
            await self._read_queue()
        return self._metrics.render()

    async def _read_queue(self) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                self._show(await self._jobs.backlog())
        except (RagTenancyError, TimeoutError) as error:
            log.warning("queue_not_measured", error_type=type(error).__name__)
            for metric in (QUEUED_JOBS, RUNNING_JOBS, OLDEST_JOB):
                self._metrics.gauge(metric, nan)

    def _show(self, backlog: Backlog) -> None:
        self._metrics.gauge(QUEUED_JOBS, backlog.queued)
        self._metrics.gauge(RUNNING_JOBS, backlog.running)
        waited = self._clock.now() - backlog.oldest if backlog.oldest else None
        self._metrics.gauge(OLDEST_JOB, max(waited.total_seconds(), 0.0) if waited else 0.0)
