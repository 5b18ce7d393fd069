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
    """A probe's result; an unavailable `required` backend makes the installation unhealthy.

    `warning` is the code of what will soon make a connected backend fail.
    """

    name: str
    connected: bool
    required: bool = True
    warning: str | None = None


class Health(Struct, frozen=True, kw_only=True):
    """One entry per backend in use, `connected` or `unavailable`, and the backends' warnings."""

    status: HealthStatus
    services: Mapping[str, str]
    warnings: Mapping[str, str] = {}


def summarize(results: list[ProbeResult]) -> Health:
    """Return the installation's health from its probes."""
    services = {r.name: "connected" if r.connected else "unavailable" for r in results}
    warnings = {r.name: r.warning for r in results if r.warning}
    return Health(status=_worst(results), services=services, warnings=warnings)


def _worst(results: list[ProbeResult]) -> HealthStatus:
    if any(r.required and not r.connected for r in results):
        return HealthStatus.UNHEALTHY
    if any(r.warning or not r.connected for r in results):
        return HealthStatus.DEGRADED
    return HealthStatus.HEALTHY
