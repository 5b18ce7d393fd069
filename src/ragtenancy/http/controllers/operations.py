"""Health, metrics and the API description."""

from __future__ import annotations

import msgspec
from litestar import Litestar, Response
from msgspec import Struct

from ragtenancy.app.health import HealthChecks
from ragtenancy.app.monitoring import Monitoring
from ragtenancy.domain.health import HealthStatus
from ragtenancy.http.openapi import describe
from ragtenancy.http.openapi_page import POLICY, docs_page
from ragtenancy.http.requests import AnyRequest
from ragtenancy.http.route import operator_route, public_route
from ragtenancy.wire.health import Health, State

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@public_route("GET", "/health", also={503: Health})
async def health(health_checks: HealthChecks) -> Response[Health]:
    """Check every backend in use; 503 if a required one is unreachable."""
    found = await health_checks.check()
    status = 503 if found.status is HealthStatus.UNHEALTHY else 200
    view = msgspec.convert(found, Health, from_attributes=True)
    return Response(view, status_code=status)


@public_route("GET", "/livez")
async def livez() -> State:
    """Report that the process is running, without checking any backend."""
    return State(status="alive")


@public_route("GET", "/readyz", also={503: State})
async def readyz(request: AnyRequest, health_checks: HealthChecks) -> Response[State]:
    """Report whether the process has started, is not stopping, and its machine is sound."""
    if not request.app.state.get("ready", False):
        return Response(State(status="starting"), status_code=503)
    found = await health_checks.check_machine()
    if found.status is HealthStatus.UNHEALTHY:
        return Response(State(status="failing", reasons=found.reasons), status_code=503)
    return Response(State(status="ready"))


@operator_route("GET", "/metrics", text=True)
async def read_metrics(monitoring: Monitoring) -> Response[bytes]:
    """Read the metrics in Prometheus' text format."""
    rendered = await monitoring.render()
    return Response(rendered.encode(), headers={"content-type": METRICS_TYPE})


@public_route("GET", "/schema/openapi.json")
async def read_openapi(request: AnyRequest) -> Response[bytes]:
    """Read the OpenAPI description."""
    return Response(_described(request.app).openapi, media_type="application/json")


@public_route("GET", "/schema", html=True)
async def read_docs(request: AnyRequest) -> Response[bytes]:
    """Read the API reference as a page without scripts."""
    return Response(
        _described(request.app).page,
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )


class _Description(Struct, frozen=True, kw_only=True):
    openapi: bytes
    page: bytes


def _described(app: Litestar) -> _Description:
    """Return the description, generated on first use so that it does not delay the start."""
    if "description" not in app.state:
        description = describe(app)
        app.state.description = _Description(
            openapi=msgspec.json.encode(description), page=docs_page(description).encode()
        )
    described: _Description = app.state.description
    return described


OF_WORKERS = (health, livez, readyz, read_metrics)
ROUTES = (health, livez, readyz, read_metrics, read_openapi, read_docs)
