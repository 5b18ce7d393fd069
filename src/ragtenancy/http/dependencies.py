"""The container's use cases, by the names that controllers ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from litestar.di import Provide

from ragtenancy.container import Container
from ragtenancy.domain.principals import OperatorPrincipal, TenantPrincipal
from ragtenancy.http.auth import operator_of, tenant_of
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.event_stream import EventStreams

USE_CASES = (
    "api_keys",
    "configs",
    "documents",
    "erase_sessions",
    "health_checks",
    "jobs",
    "list_sessions",
    "list_turns",
    "search_documents",
    "take_turn",
    "tenant_deletions",
    "tenant_records",
    "tenant_views",
    "tenants",
    "uploads",
)


def dependencies(container: Container, event_streams: EventStreams) -> Mapping[str, Provide]:
    """Return what controllers may ask for by name."""
    provided = {name: _provide(container.providers[name]) for name in USE_CASES}
    return provided | {
        "render_metrics": _provide(lambda: container.metrics().render),
        "event_streams": _provide(lambda: event_streams),
        "caller": Provide(_caller, sync_to_thread=False),
        "admin": Provide(_admin, sync_to_thread=False),
    }


def _provide(provider: Callable[[], object]) -> Provide:
    def resolve() -> object:
        return provider()

    return Provide(resolve, sync_to_thread=False)


def _caller(request: AnyRequest) -> TenantPrincipal:
    return tenant_of(request)


def _admin(request: AnyRequest) -> OperatorPrincipal:
    return operator_of(request)
