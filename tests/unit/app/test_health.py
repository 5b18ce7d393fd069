"""The health of the backends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ragtenancy.app.health import HealthChecks
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.health import HealthStatus, ProbeResult
from ragtenancy.ports.health import Probe
from tests.scripted.clock import ScriptedClock


class Backend(Probe):
    """A backend that can become unreachable."""

    def __init__(self, name: str, *, required: bool = True, local: bool = False) -> None:
        self._name = name
        self._required = required
        self.there = True
        self.warning: str | None = None
        self._local = local
        self.reason: str | None = None
        self.breaks = False
        self.hangs = False
        self.asked = 0

    @property
    def name(self) -> str:
        return self._name

    @property
    def required(self) -> bool:
        return self._required

    @property
    def local(self) -> bool:
        return self._local

    async def check(self) -> ProbeResult:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.breaks:
            raise RuntimeError
        if self.reason:
            raise UnavailableError("away", code=self.reason)
        return ProbeResult(
            name=self._name,
            connected=self.there,
            required=self._required,
            warning=self.warning,
        )


async def test_reachable_backends_are_healthy() -> None:
    health = await HealthChecks([Backend("sqlite")], ScriptedClock()).check()

    assert (health.status, health.services) == (HealthStatus.HEALTHY, {"sqlite": "connected"})


async def test_an_unreachable_required_backend_is_unhealthy() -> None:
    backend = Backend("sqlite")
    backend.there = False

    health = await HealthChecks([backend], ScriptedClock()).check()

    assert (health.status, health.services["sqlite"]) == (HealthStatus.UNHEALTHY, "unavailable")


async def test_an_unreachable_optional_backend_degrades() -> None:
    backend = Backend("openai", required=False)
    backend.there = False

    health = await HealthChecks([Backend("sqlite"), backend], ScriptedClock()).check()

    assert health.status is HealthStatus.DEGRADED


async def test_a_backend_that_warns_degrades() -> None:
    backend = Backend("cosmos")
    backend.warning = "partition_nearly_full"

    health = await HealthChecks([backend], ScriptedClock()).check()

    assert health.status is HealthStatus.DEGRADED
    assert (health.services, health.warnings) == (
        {"cosmos": "connected"},
        {"cosmos": "partition_nearly_full"},
    )


async def test_a_failing_probe_counts_as_an_unreachable_backend() -> None:
    backend = Backend("sqlite")
    backend.breaks = True

    health = await HealthChecks([backend], ScriptedClock()).check()

    assert health.status is HealthStatus.UNHEALTHY


@pytest.mark.parametrize("fault", ["breaks", "hangs"])
async def test_a_backend_that_is_not_required_only_degrades_however_it_is_away(fault: str) -> None:
    backend = Backend("broker", required=False)
    setattr(backend, fault, True)

    health = await HealthChecks([Backend("sqlite"), backend], ScriptedClock(), seconds=0.01).check()

    assert (health.status, health.services["broker"]) == (HealthStatus.DEGRADED, "unavailable")


async def test_concurrent_checks_probe_the_backend_once() -> None:
    backend, clock = Backend("sqlite"), ScriptedClock()
    check = HealthChecks([backend], clock).check

    await check()
    await check()

    assert backend.asked == 1


async def test_a_change_is_seen_within_five_seconds() -> None:
    backend, clock = Backend("sqlite"), ScriptedClock()
    check = HealthChecks([backend], clock).check
    await check()
    backend.there = False

    clock.advance(timedelta(seconds=5))

    assert (await check()).status is HealthStatus.UNHEALTHY


async def test_the_code_of_what_fails_is_told() -> None:
    away, slow, fine = Backend("cosmos"), Backend("pinecone"), Backend("sqlite")
    away.reason, slow.hangs = "backend_auth", True

    health = await HealthChecks([away, slow, fine], ScriptedClock(), seconds=0.01).check()

    assert health.reasons == {"cosmos": "backend_auth", "pinecone": "timeout"}


async def test_the_machines_own_health_leaves_out_what_replicas_share() -> None:
    shared, own = Backend("cosmos"), Backend("data_folder", local=True)
    shared.reason = "backend_auth"

    health = await HealthChecks([shared, own], ScriptedClock()).check_machine()

    assert (health.status, health.services) == (HealthStatus.HEALTHY, {"data_folder": "connected"})
    assert shared.asked == 0
