"""Routes: the key each requires, its inputs and its failures.

A handler declares its inputs as parameters, and receives nothing else:

| parameter | value |
|---|---|
| `body` | the JSON body as the Struct of its annotation |
| `query` | the query string as the Struct of its annotation |
| `client_id`, `document_id`, `job_id`, `session_id`, … (`PATH_IDS`) | the id in the path |
| `caller`, `operator` | the principal of the presented key |
| `expected_version` | the version in If-Match, or None |
| `request_id` | the id of the request |
| `request` | the request itself |
| any other | the object from the container's provider of that name |

The API description is generated from the same parameters, from the docstring, whose first line is
the summary, and from what else a route declares:

| option | value |
|---|---|
| `fails` | the failures besides those of every route: a status for its usual code, or a code of `failures` |
| `also` | other successful statuses, with the Struct of each |
| `receives`, `sends` | the header fields that it reads and sends, of `openapi` |
| `upload`, `optional_body` | the body is a form with a file; the body may be empty |
| `streams`, `binary`, `html`, `text`, `csv` | the reply is of this form, or may be |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import signature
from typing import Any, get_type_hints

import msgspec
from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method, Receive, Send
from litestar.types import Scope as ConnectionScope
from msgspec import Struct

from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.http.auth import Credential, operator_of, tenant_of
from ragtenancy.http.cursors import after_in, page_with, requested_list
from ragtenancy.http.failures import ADMITTED, AT_ONCE, EVERYWHERE, GUARDED, Failure
from ragtenancy.http.gate import COUNTED_AT_ONCE
from ragtenancy.http.requests import (
    PATH_IDS,
    AnyRequest,
    allowed,
    expected_version,
    read_json,
    read_query,
    request_id,
)
from ragtenancy.wire.pages import Page, PageQuery

Handler = Callable[..., Awaitable[object]]
Reader = Callable[[AnyRequest], object]
Provided = Mapping[str, Callable[[], object]]

_PARTS: Mapping[str, Reader] = {
    "caller": tenant_of,
    "operator": operator_of,
    "expected_version": expected_version,
    "request_id": lambda request: request_id(request.scope),
    "request": lambda request: request,
}


class Route(Struct, frozen=True, kw_only=True):
    """A handler with its method, path and declarations.

    `options` becomes Litestar's `opt`: the credential for the guard, the rest for the description.
    """

    handle: Handler
    method: Method
    path: str
    status: int
    options: Mapping[str, object]

    def bound(self, provided: Provided) -> HTTPRouteHandler:
        """Return Litestar's handler, with parameters bound to their readers and providers.

        Raises `ConfigurationError` for a parameter that nothing provides.
        """
        hints = get_type_hints(self.handle)
        names = list(signature(self.handle).parameters)
        kinds: dict[str, type[Struct]] = {n: hints[n] for n in names if n in {"body", "query"}}
        readers = {n: self._reader(n, kinds, provided) for n in names if n != "body"}
        lists = issubclass(kinds.get("query", Struct), PageQuery)
        handle, body, status = self.handle, kinds.get("body"), self.status
        optional = bool(self.options.get("optional_body"))

        async def bound(request: AnyRequest) -> object:
            given = {name: read(request) for name, read in readers.items()}
            if body is not None:
                given["body"] = await read_json(request, body, optional=optional)
            found = await handle(**given)
            if lists and isinstance(found, Page):
                found = page_with(found, requested_list(request))
            return _Json(found, status) if isinstance(found, Struct) else found

        bound.__name__, bound.__doc__ = handle.__name__, handle.__doc__
        bound.__annotations__ = {"request": AnyRequest, "return": hints["return"]}
        return _Bound(
            self.path,
            http_method=self.method,
            status_code=self.status,
            opt={**self.options, **kinds, "parameters": names},
        )(bound)

    def _reader(self, name: str, kinds: Mapping[str, type[Struct]], provided: Provided) -> Reader:
        if name == "query":
            return lambda request: _query(request, kinds["query"])
        if f"{{{name}:str}}" in self.path:
            return lambda request: PATH_IDS[name](str(request.path_params[name]))
        if name in _PARTS:
            return _PARTS[name]
        if name not in provided:
            raise ConfigurationError(f"{self.handle.__name__}: nothing provides {name}.")
        return lambda _: provided[name]()


def _query(request: AnyRequest, kind: type[Struct]) -> Struct:
    query = read_query(request, kind)
    return after_in(query, requested_list(request)) if isinstance(query, PageQuery) else query


class _Bound(HTTPRouteHandler):
    """A handler that guards get as it is: Litestar copies it for each, which takes 25 µs."""

    def __copy__(self) -> _Bound:
        return self


class _Json(Response[bytes]):
    """A Struct as JSON, sent without what Litestar does for other responses."""

    def __init__(self, body: Struct, status: int) -> None:
        self._body = msgspec.json.encode(body)
        self._status = status

    def to_asgi_response(self, *_: object, **__: object) -> ASGIApp:  # type: ignore[override]
        """Return itself: it is an ASGI application."""
        return self

    async def __call__(self, scope: ConnectionScope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the head and the body."""
        length = str(len(self._body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def options_of(routes: Sequence[Route]) -> list[HTTPRouteHandler]:
    """Return a handler of OPTIONS for each path, to be registered before its other handlers.

    The framework adds its own to the first handler of a path, and names that one's method only.
    """
    methods: dict[str, set[str]] = {}
    for each in routes:
        methods.setdefault(each.path, set()).add(each.method)
    return [_options(path, allowed(names)) for path, names in methods.items()]


def _options(path: str, allow: str) -> HTTPRouteHandler:
    async def options() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": allow})

    return HTTPRouteHandler(path, http_method="OPTIONS", opt={"credential": Credential.OPEN})(
        options
    )


def public_route(
    method: Method,
    path: str,
    *,
    status: int = 200,
    fails: Sequence[Failure] = (),
    **documented: object,
) -> Callable[[Handler], Route]:
    """Declare a route that requires no key."""
    options = {"credential": Credential.OPEN, "fails": (*EVERYWHERE, *fails)}
    return _route(method, path, status, {**options, **documented})


def tenant_route(
    method: Method,
    path: str,
    scope: Scope | None,
    *,
    status: int = 200,
    fails: Sequence[Failure] = (),
    **documented: object,
) -> Callable[[Handler], Route]:
    """Declare a route that requires a tenant's key with `scope`; None allows any scope."""
    at_once = AT_ONCE if COUNTED_AT_ONCE & documented.keys() else ()
    options = {
        "credential": Credential.TENANT,
        "scope": scope,
        "fails": (*GUARDED, *EVERYWHERE, *ADMITTED, *at_once, *fails),
    }
    return _route(method, path, status, {**options, **documented})


def operator_route(
    method: Method,
    path: str,
    *,
    status: int = 200,
    fails: Sequence[Failure] = (),
    **documented: object,
) -> Callable[[Handler], Route]:
    """Declare a route that requires the operator's key."""
    options = {"credential": Credential.OPERATOR, "fails": (*GUARDED, *EVERYWHERE, *fails)}
    return _route(method, path, status, {**options, **documented})


def _route(
    method: Method, path: str, status: int, options: Mapping[str, Any]
) -> Callable[[Handler], Route]:
    def declared(handle: Handler) -> Route:
        return Route(handle=handle, method=method, path=path, status=status, options=options)

    return declared
