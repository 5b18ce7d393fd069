"""Authentication: from a request's headers to a principal, before the body is read."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import partial

import structlog
from litestar import Litestar
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from ragtenancy.app.api_keys import Authenticator
from ragtenancy.app.audit.acts import Caller, caller
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.audit import fit
from ragtenancy.domain.errors import ConfigurationError, MalformedError, UnauthenticatedError
from ragtenancy.domain.principals import OperatorPrincipal, TenantPrincipal
from ragtenancy.http.bad_keys import BadKeys
from ragtenancy.http.gate import Gate
from ragtenancy.http.requests import AnyConnection, AnyRequest, request_id


class Credential(StrEnum):
    """The kind of key that a route requires."""

    OPEN = "open"
    TENANT = "tenant"
    OPERATOR = "operator"


def guard(authenticator: Authenticator, bad_keys: BadKeys, gate: Gate) -> Guard:
    """Return the guard for every route: it stores the principal for the handler.

    A tenant's request then passes the gate.
    """

    async def authenticate(connection: AnyConnection, handler: BaseRouteHandler) -> None:
        credential = _declared(handler)
        if credential is Credential.OPEN:
            return
        request = connection.scope
        presented = partial(presented_key, request["headers"])
        if credential is Credential.OPERATOR:
            operator = await bad_keys.checked(
                request, credential, presented, authenticator.operator
            )
            structlog.contextvars.bind_contextvars(operator=operator.name)
            caller.set(Caller(actor=fit(operator.name), request_id=_request_id(connection)))
            connection.state.principal = operator
            return
        tenant = await bad_keys.checked(request, credential, presented, authenticator.tenant)
        structlog.contextvars.bind_contextvars(client_id=tenant.scope.tenant_id)
        caller.set(
            Caller(
                actor=fit(tenant.key_id),
                request_id=_request_id(connection),
                client_id=tenant.scope.tenant_id,
                client_uid=tenant.scope.tenant_uid,
            )
        )
        if handler.opt["scope"] is not None:
            tenant.require(Scope(handler.opt["scope"]))
        connection.state.principal = tenant
        await gate.admit(request, tenant.scope, handler.opt)

    return authenticate


def presented_key(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the key from `X-API-Key` or `Authorization: Bearer`, which are equivalent.

    Raises `UnauthenticatedError` for none, `MalformedError` for two different keys or a repeated
    header.
    """
    headers = list(headers)
    api_keys = _values(headers, b"x-api-key")
    authorizations = _values(headers, b"authorization")
    if len(api_keys) > 1 or len(authorizations) > 1:
        raise MalformedError("The request repeats a credential header.")
    keys = {*api_keys, *(key for value in authorizations for key in _bearer(value))} - {""}
    if len(keys) > 1:
        raise MalformedError("The request contains two different credentials.")
    if not keys:
        raise UnauthenticatedError
    return keys.pop()


def require_declared(app: Litestar) -> None:
    """Raise `ConfigurationError` unless every route declares the kind of key it requires.

    A mounted application declares it in its `opt`; the guard protects it like a route.
    """
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            if not isinstance(handler, BaseRouteHandler):
                raise ConfigurationError(f"The route {route.path} has no handler of its own.")
            _declared(handler)


def tenant_of(request: AnyRequest) -> TenantPrincipal:
    """Return the tenant that the guard admitted."""
    principal = request.state.principal
    if not isinstance(principal, TenantPrincipal):
        raise UnauthenticatedError
    return principal


def operator_of(request: AnyRequest) -> OperatorPrincipal:
    """Return the operator that the guard admitted."""
    principal = request.state.principal
    if not isinstance(principal, OperatorPrincipal):
        raise UnauthenticatedError
    return principal


def _declared(handler: BaseRouteHandler) -> Credential:
    credential = handler.opt.get("credential")
    if not isinstance(credential, Credential):
        raise ConfigurationError(f"The route of {handler.handler_name} declares no credential.")
    if credential is Credential.TENANT and "scope" not in handler.opt:
        raise ConfigurationError(f"The route of {handler.handler_name} declares no scope.")
    return credential


def _request_id(connection: AnyConnection) -> str:
    return fit(request_id(connection.scope))


def _values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [v.decode("latin-1").strip() for name, v in headers if name.lower() == wanted]


def _bearer(value: str) -> list[str]:
    scheme, _, key = value.partition(" ")
    return [key.strip()] if scheme.lower() == "bearer" else []
