"""Asking every backend whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ragtenancy.domain.health import Health, ProbeResult, summarize
from ragtenancy.ports.health import Probe

DEADLINE = 2.0


class CheckHealth:
    """Runs every probe at once, each within two seconds."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._probes = probes

    async def __call__(self) -> Health:
        """Return one entry per backend in use."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_check(probe)) for probe in self._probes]
        return summarize([task.result() for task in tasks])


async def _check(probe: Probe) -> ProbeResult:
    try:
        async with asyncio.timeout(DEADLINE):
            return await probe.check()
    except Exception:  # noqa: BLE001 - a probe that breaks is a backend that is away
        return ProbeResult(name=probe.name, connected=False)
