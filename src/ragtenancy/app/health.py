"""The health of every backend in use."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ragtenancy.app.concurrency import together
from ragtenancy.domain.health import Health, ProbeResult, summarize
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.health import Probe

DEADLINE = 2.0
FRESH = 2.0


class HealthChecks:
    """Runs all probes concurrently, each for at most two seconds and at most once in two seconds."""

    def __init__(self, probes: Sequence[Probe], clock: Clock, *, seconds: float = DEADLINE) -> None:
        self._probes = probes
        self._clock = clock
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._probed_at = float("-inf")
        self._results: list[ProbeResult] = []

    async def check(self) -> Health:
        """Return the health, with one entry per backend in use."""
        async with self._one_at_a_time:
            if self._clock.monotonic() - self._probed_at >= FRESH:
                self._results = await together(_probed(p, self._seconds) for p in self._probes)
                self._probed_at = self._clock.monotonic()
            return summarize(self._results)


async def _probed(probe: Probe, seconds: float) -> ProbeResult:
    try:
        async with asyncio.timeout(seconds):
            return await probe.check()
    except Exception:  # noqa: BLE001 - a failing probe means an unreachable backend
        return ProbeResult(name=probe.name, connected=False, required=probe.required)
