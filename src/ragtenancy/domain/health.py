"""The state of the installation's backends."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class HealthStatus(StrEnum):
    """The installation as a whole."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class ProbeResult(Struct, frozen=True, kw_only=True):
    """A probe's result; an unavailable `required` backend makes the installation unhealthy."""

    name: str
    connected: bool
    required: bool = True


class Health(Struct, frozen=True, kw_only=True):
    """One entry per backend in use: `connected` or `unavailable`."""

    status: HealthStatus
    services: Mapping[str, str]


def summarize(results: list[ProbeResult]) -> Health:
    """Return the installation's health from its probes."""
    services = {r.name: "connected" if r.connected else "unavailable" for r in results}
    if all(r.connected for r in results):
        return Health(status=HealthStatus.HEALTHY, services=services)
    away = [r for r in results if not r.connected]
    worst = HealthStatus.UNHEALTHY if any(r.required for r in away) else HealthStatus.DEGRADED
    return Health(status=worst, services=services)
