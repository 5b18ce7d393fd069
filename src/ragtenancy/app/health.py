"""The health of every backend in use."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from msgspec import structs

from ragtenancy.app.concurrency import together
from ragtenancy.domain.errors import BackendTimeoutError, RagTenancyError
from ragtenancy.domain.health import Health, ProbeResult, summarize
from ragtenancy.domain.model_standing import ModelStandings, refuses
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.health import Probe

log = structlog.get_logger(__name__)

DEADLINE = 2.0
FRESH = 2.0
LOCAL_FRESH = 0.5


class HealthChecks:
    """Runs all probes concurrently, each for at most two seconds.

    Each runs at most once in two seconds, those of this machine once in half a second.
    """

    def __init__(self, probes: Sequence[Probe], clock: Clock, *, seconds: float = DEADLINE) -> None:
        local = [each for each in probes if each.local]
        others = [each for each in probes if not each.local]
        self._local = Round(local, clock, seconds=seconds, fresh=LOCAL_FRESH)
        self._others = Round(others, clock, seconds=seconds, fresh=FRESH)

    async def check(self) -> Health:
        """Return the health, with one entry per backend in use."""
        local, others = await together([self._local.results(), self._others.results()])
        return summarize([*local, *others])

    async def check_machine(self) -> Health:
        """Return the health of what belongs to this machine: data folder, control file, pepper."""
        return summarize(await self._local.results())


class ModelProbe(Probe):
    """Reports how the calls of a backend's models ended; calls none."""

    def __init__(self, standings: ModelStandings, name: str, *, backend: str, kind: str) -> None:
        self._standings = standings
        self._name = name
        self._use = (backend, kind)

    @property
    def name(self) -> str:
        """The backend and the kind of model."""
        return self._name

    @property
    def required(self) -> bool:
        """False: without models, lexical search still works."""
        return False

    async def check(self) -> ProbeResult:
        """Return the worst standing of the models of this kind."""
        lost = [
            error
            for use, error in self._standings.lost().items()
            if (use.backend, use.kind) == self._use
        ]
        if not lost:
            return ProbeResult(name=self.name, connected=True, required=self.required)
        error = max(lost, key=refuses)
        return structs.replace(self.unavailable(error), refuses=refuses(error))


class Round:
    """Probes that are run together, and their results as long as these are fresh."""

    def __init__(
        self, probes: Sequence[Probe], clock: Clock, *, seconds: float, fresh: float
    ) -> None:
        self._probes = probes
        self._clock = clock
        self._seconds = seconds
        self._fresh = fresh
        self._one_at_a_time = asyncio.Lock()
        self._probed_at = float("-inf")
        self._results: list[ProbeResult] = []

    async def results(self) -> Sequence[ProbeResult]:
        """Return the last results, or new ones if those are too old."""
        async with self._one_at_a_time:
            if self._clock.monotonic() - self._probed_at >= self._fresh:
                self._results = await together(_probed(p, self._seconds) for p in self._probes)
                self._probed_at = self._clock.monotonic()
            return self._results


async def _probed(probe: Probe, seconds: float) -> ProbeResult:
    try:
        async with asyncio.timeout(seconds):
            return await probe.check()
    except TimeoutError:
        return probe.unavailable(BackendTimeoutError("The backend did not answer in time."))
    except RagTenancyError as error:
        return probe.unavailable(error)
    except Exception as error:
        log.warning("probe_failed", backend=probe.name, exc_info=error)
        return ProbeResult(name=probe.name, connected=False, required=probe.required)
