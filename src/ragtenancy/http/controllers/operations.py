"""Health, counters and the description of the API."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from litestar import Litestar, Response
from msgspec import Struct

from ragtenancy.app.health import HealthChecks
from ragtenancy.domain.health import HealthStatus
from ragtenancy.http.openapi import POLICY, describe, docs_page
from ragtenancy.http.requests import AnyRequest
from ragtenancy.http.route import operator_route, public_route
from ragtenancy.wire.health import Health, State

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@public_route("GET", "/health", also={503: Health})
async def health(health_checks: HealthChecks) -> Response[Health]:
    """Check every backend in use; 503 when one that is needed is away."""
    found = await health_checks.check()
    status = 503 if found.status is HealthStatus.UNHEALTHY else 200
    view = msgspec.convert(found, Health, from_attributes=True)
    return Response(view, status_code=status)


@public_route("GET", "/livez")
async def livez() -> State:
    """Tell that the process runs; no backend is asked."""
    return State(status="alive")


@public_route("GET", "/readyz", also={503: State})
async def readyz(request: AnyRequest) -> Response[State]:
    """Tell whether the process has started and is not stopping."""
    ready = bool(request.app.state.get("ready", False))
    return Response(
        State(status="ready" if ready else "starting"), status_code=200 if ready else 503
    )


@operator_route("GET", "/metrics", text=True)
async def read_metrics(render_metrics: Callable[[], str]) -> Response[bytes]:
    """Read the counters in Prometheus' text format."""
    return Response(render_metrics().encode(), headers={"content-type": METRICS_TYPE})


@public_route("GET", "/schema/openapi.json")
async def read_openapi(request: AnyRequest) -> Response[bytes]:
    """Read the OpenAPI description."""
    return Response(_described(request.app).openapi, media_type="application/json")


@public_route("GET", "/schema")
async def read_docs(request: AnyRequest) -> Response[bytes]:
    """Read the API as a page without scripts."""
    return Response(
        _described(request.app).page,
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )


class _Description(Struct, frozen=True, kw_only=True):
    openapi: bytes
    page: bytes


def _described(app: Litestar) -> _Description:
    """Return the description, made when it is first asked for: a start need not wait for it."""
    if "description" not in app.state:
        description = describe(app)
        app.state.description = _Description(
            openapi=msgspec.json.encode(description), page=docs_page(description).encode()
        )
    described: _Description = app.state.description
    return described


ROUTES = (health, livez, readyz, read_metrics, read_openapi, read_docs)
