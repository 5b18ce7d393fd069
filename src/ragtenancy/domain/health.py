"""The state of the installation's backends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct


class HealthStatus(StrEnum):
    """The installation as a whole."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


class ServiceState(StrEnum):
    """One backend: a `refusing` one is reachable, but rejects the requests it gets."""

    CONNECTED = "connected"
    UNAVAILABLE = "unavailable"
    REFUSING = "refusing"


class ProbeResult(Struct, frozen=True, kw_only=True):
    """A probe's result; an unavailable `required` backend makes the installation unhealthy.

    `reason` is the code of the error that keeps a backend from its work, if known; with `refuses`,
    the backend can be reached all the same. `warning` is the code of what will soon make a
    connected backend fail.
    """

    name: str
    connected: bool
    required: bool = True
    refuses: bool = False
    reason: str | None = None
    warning: str | None = None

    @property
    def state(self) -> ServiceState:
        """The backend's state."""
        if self.connected:
            return ServiceState.CONNECTED
        return ServiceState.REFUSING if self.refuses else ServiceState.UNAVAILABLE


class Health(Struct, frozen=True, kw_only=True):
    """The state of each backend in use, with the codes of failures and of warnings."""

    status: HealthStatus
    services: Mapping[str, ServiceState]
    reasons: Mapping[str, str] = {}
    warnings: Mapping[str, str] = {}


def summarize(results: Sequence[ProbeResult]) -> Health:
    """Return the installation's health from its probes."""
    return Health(
        status=_worst(results),
        services={each.name: each.state for each in results},
        reasons={each.name: each.reason for each in results if each.reason},
        warnings={each.name: each.warning for each in results if each.warning},
    )


def _worst(results: Sequence[ProbeResult]) -> HealthStatus:
    if any(r.required and not r.connected for r in results):
        return HealthStatus.UNHEALTHY
    if any(r.warning or not r.connected for r in results):
        return HealthStatus.DEGRADED
    return HealthStatus.HEALTHY
