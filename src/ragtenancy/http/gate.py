"""The gate: authenticated requests enter within their tenant's limits, in its fair turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from ragtenancy.app.admission import Admission, Place, enter
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.request_limits import RequestLimits
from ragtenancy.domain.tenant_config import EffectiveLimits
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.http.rate_limit_fields import rate_limit_fields

VISIT = "visit"
COUNTED_AT_ONCE = frozenset({"streams", "upload", "batch", "mcp"})
READS_BODY = frozenset({"body", *COUNTED_AT_ONCE})


class Gate:
    """Admits the requests of tenants."""

    def __init__(
        self, admission: Admission, request_limits: RequestLimits, configs: TenantConfigs
    ) -> None:
        self._admission = admission
        self._limits = request_limits
        self._configs = configs

    async def admit(
        self, request: Mapping[str, Any], tenant: TenantScope, options: Mapping[str, Any]
    ) -> None:
        """Let a request in; `options` are its route's.

        One with a body takes its turn once the body has arrived. Raises `LimitError`, or
        `OverloadedError` if the server is full.
        """
        limits = (await self._configs.effective(tenant)).limits
        visit = Visit(self._limits, tenant, limits, self._admission.place(tenant))
        request["state"][VISIT] = visit
        self._limits.require_rate(tenant, limits)
        if COUNTED_AT_ONCE & options.keys():
            visit.begin()
        enter(visit.place)
        if not (READS_BODY & options.keys() and _has_body(request["headers"])):
            await visit.place.hold()


class Visit:
    """A tenant's request from its admission to its end."""

    def __init__(
        self,
        request_limits: RequestLimits,
        tenant: TenantScope,
        limits: EffectiveLimits,
        place: Place,
    ) -> None:
        self.place = place
        self.limits = limits
        self._request_limits = request_limits
        self._tenant = tenant
        self._counted = False

    def begin(self) -> None:
        """Count it among those under way at once. Raises `LimitError`."""
        self._request_limits.begin(self._tenant, self.limits)
        self._counted = True

    def fields(self) -> Iterable[tuple[bytes, bytes]]:
        """Return the header fields that tell what the tenant has left."""
        return rate_limit_fields(self._request_limits.use(self._tenant, self.limits))

    def end(self) -> None:
        """End it."""
        self.place.close()
        if self._counted:
            self._counted = False
            self._request_limits.end(self._tenant)


class Visits:
    """Ends each admitted request, and gives its slot away as soon as its reply begins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if "method" not in scope:
            await self._app(scope, receive, send)
            return
        state = cast("HTTPScope", scope)["state"]

        async def replying(message: Message) -> None:
            visit = visit_of(state)
            if visit is not None and message["type"] == "http.response.start":
                visit.place.release()
                message["headers"] = [*message["headers"], *visit.fields()]
            await send(message)

        try:
            await self._app(scope, receive, replying)
        finally:
            if (visit := visit_of(state)) is not None:
                visit.end()


def visit_of(state: Mapping[str, Any]) -> Visit | None:
    """Return the visit of an admitted request, from its ASGI state."""
    return state.get(VISIT)


def _has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )
