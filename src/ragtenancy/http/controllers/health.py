"""Whether the process lives, is ready, and what its backends say."""

from __future__ import annotations

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from ragtenancy.app.health import HealthChecks
from ragtenancy.domain.health import HealthStatus
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.operations import opened
from ragtenancy.wire.health import Health, State


@get("/health", opt=opened(also={503: Health}))
async def health(health_checks: NamedDependency[HealthChecks]) -> Response[Health]:
    """Check every backend in use; 503 when one that is needed is away."""
    found = await health_checks.check()
    status = 503 if found.status is HealthStatus.UNHEALTHY else 200
    view = msgspec.convert(found, Health, from_attributes=True)
    return Response(view, status_code=status)


@get("/livez", opt=opened())
async def livez() -> State:
    """Tell that the process runs; no backend is asked."""
    return State(status="alive")


@get("/readyz", opt=opened(also={503: State}))
async def readyz(request: AnyRequest) -> Response[State]:
    """Tell whether the process has started and is not stopping."""
    ready = bool(request.app.state.get("ready", False))
    return Response(
        State(status="ready" if ready else "starting"), status_code=200 if ready else 503
    )


HANDLERS = (health, livez, readyz)
