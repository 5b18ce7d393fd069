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
    "change_tenant",
    "check_health",
    "create_tenant",
    "delete_document",
    "delete_tenant",
    "describe_own_tenant",
    "erase_sessions",
    "find_tenant",
    "get_config",
    "get_deletion",
    "get_document",
    "issue_api_key",
    "list_api_keys",
    "list_chunks",
    "list_config_versions",
    "list_documents",
    "jobs",
    "list_sessions",
    "list_tenants",
    "list_turns",
    "put_config",
    "read_original",
    "revoke_api_key",
    "search_documents",
    "take_turn",
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
