"""Asking every backend whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ragtenancy.app.together import together
from ragtenancy.domain.health import Health, ProbeResult, summarize
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.health import Probe

DEADLINE = 2.0
FRESH = 2.0


class CheckHealth:
    """Runs every probe at once, each within two seconds, and at most once in two seconds."""

    def __init__(self, probes: Sequence[Probe], clock: Clock, *, seconds: float = DEADLINE) -> None:
        self._probes = probes
        self._clock = clock
        self._seconds = seconds
        self._asking = asyncio.Lock()
        self._asked_at = float("-inf")
        self._results: list[ProbeResult] = []

    async def __call__(self) -> Health:
        """Return one entry per backend in use."""
        async with self._asking:
            if self._clock.monotonic() - self._asked_at >= FRESH:
                self._results = await self._ask()
                self._asked_at = self._clock.monotonic()
            return summarize(self._results)

    async def _ask(self) -> list[ProbeResult]:
        return await together(_check(probe, self._seconds) for probe in self._probes)


async def _check(probe: Probe, seconds: float) -> ProbeResult:
    try:
        async with asyncio.timeout(seconds):
            return await probe.check()
    except Exception:  # noqa: BLE001 - a probe that breaks is a backend that is away
        return ProbeResult(name=probe.name, connected=False, required=probe.required)
