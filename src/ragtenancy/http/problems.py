"""Errors as RFC 9457 problems: the one place that maps error families to statuses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil

import msgspec
import structlog
from litestar import MediaType, Response
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from ragtenancy.domain import errors
from ragtenancy.domain.metrics import ISOLATION_BREACHES
from ragtenancy.http.requests import AnyRequest, allowed, request_id
from ragtenancy.ports.metrics import Metrics

log = structlog.get_logger(__name__)

INTERNAL = 500
MEDIA_TYPE = "application/problem+json"
OPENAI_PATHS = "/v1/"
STATUS: Mapping[type[errors.RagTenancyError], int] = {
    errors.MalformedError: 400,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.RequestTimeoutError: 408,
    errors.ConflictError: 409,
    errors.StaleWriteError: 412,
    errors.TooLargeError: 413,
    errors.HeadTooLargeError: 431,
    errors.UnsupportedError: 415,
    errors.UnreadableDocumentError: 422,
    errors.InvalidError: 422,
    errors.LimitError: 429,
    errors.BackendTimeoutError: 504,
    errors.UnavailableError: 503,
    errors.RejectedError: 502,
    errors.RagTenancyError: 500,
}
RETRY_AFTER = {429: 1, 503: 2}
_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    429: "rate_limit_error",
}
_ROUTING = {
    400: ("malformed", "The request is malformed."),
    404: ("not_found", "There is no such resource."),
    405: ("method_not_allowed", "This method is not allowed for this resource."),
    413: ("too_large", "The body is too large."),
    415: ("unsupported_media_type", "The body's media type is not supported."),
}
_INTERNAL = errors.RagTenancyError("The request could not be completed.")


class Rendered(Struct, frozen=True, kw_only=True):
    """A problem ready to be sent."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Problems:
    """Renders every error; counts isolation breaches and logs unexpected errors."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, request: AnyRequest, error: Exception) -> Response[bytes]:
        """Return the reply to a failed request, as Litestar's exception handler."""
        rendered = self.reply(error, request.scope)
        return Response(
            rendered.body,
            status_code=rendered.status,
            headers=rendered.headers,
            media_type=MEDIA_TYPE,
        )

    def reply(self, error: BaseException, scope: Scope) -> Rendered:
        """Return the reply to a failed request, in the form that its path speaks."""
        found = self.render(error, request_id(scope))
        is_openai = str(scope.get("path", "")).startswith(OPENAI_PATHS)
        return with_openai_error(found) if is_openai else found

    def render(self, error: BaseException, request_id: str) -> Rendered:
        """Return an error as a problem."""
        if isinstance(error, HTTPException) and error.status_code < INTERNAL:
            return _routing(error, request_id)
        if isinstance(error, errors.IsolationBreach):
            self._metrics.count(ISOLATION_BREACHES, store=error.store)
            log.error("isolation_breach", store=error.store, exc_info=error)
            return _rendered(_INTERNAL, INTERNAL, request_id)
        if not isinstance(error, errors.RagTenancyError):
            log.error("unhandled_error", error_type=type(error).__name__, exc_info=error)
            return _rendered(_INTERNAL, INTERNAL, request_id)
        status = status_of(error)
        if status >= INTERNAL:
            log.warning("request_failed", code=error.reason, exc_info=error)
        return _rendered(error if status != INTERNAL else _INTERNAL, status, request_id)


class LastResort:
    """Handles errors that escape every other handler, so that the server logs no traceback."""

    def __init__(self, app: ASGIApp, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; let nothing but cancellation propagate."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:  # the server stops
            if not started:
                await _asgi(rendered(errors.StoppingError(), request_id(scope)))(
                    scope, receive, send
                )
            raise
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            problem = self._problems.reply(error, scope)
            if not started:
                await _asgi(problem)(scope, receive, send)


def status_of(error: errors.RagTenancyError) -> int:
    """Return the HTTP status of an error's family."""
    return next(STATUS[family] for family in type(error).__mro__ if family in STATUS)


def rendered(error: errors.RagTenancyError, request_id: str) -> Rendered:
    """Return one of our errors as a problem, without logging it."""
    return _rendered(error, status_of(error), request_id)


def with_openai_error(rendered: Rendered) -> Rendered:
    """Return a problem that also carries the object in which OpenAI's clients look for the error."""
    members = msgspec.json.decode(rendered.body)
    field = members.get("field")
    kind = "server_error" if rendered.status >= INTERNAL else "invalid_request_error"
    members["error"] = {
        "message": members["detail"],
        "type": _OPENAI_TYPES.get(rendered.status, kind),
        "code": members["code"],
        "param": field.removeprefix("$.") if field else None,
    }
    return msgspec.structs.replace(rendered, body=msgspec.json.encode(members))


def _rendered(error: errors.RagTenancyError, status: int, request_id: str) -> Rendered:
    members = {
        "type": f"urn:ragtenancy:{error.reason}",
        "title": error.reason.replace("_", " ").capitalize(),
        "status": status,
        "detail": error.detail,
        "code": error.reason,
        "request_id": request_id,
    }
    body = msgspec.json.encode(
        members | {k: v for k, v in error.context.items() if k not in members}
    )
    return Rendered(status=status, body=body, headers=_headers(status, error.retry_after))


def _routing(error: HTTPException, request_id: str) -> Rendered:
    """Render the framework's errors in our own words: theirs may quote the request."""
    status = error.status_code
    unknown = HTTPStatus(status).name.lower(), f"{HTTPStatus(status).phrase}."
    code, detail = _ROUTING.get(status, unknown)
    rendered = _rendered(errors.RagTenancyError(detail, code=code), status, request_id)
    methods = {name.lower(): value for name, value in (error.headers or {}).items()}.get("allow")
    allow = {} if methods is None else {"Allow": allowed(methods.split(", "))}
    return msgspec.structs.replace(rendered, headers={**rendered.headers, **allow})


def _headers(status: int, retry_after: float | None) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    if status == HTTPStatus.REQUEST_TIMEOUT:
        headers = {"Connection": "close"}
    seconds = RETRY_AFTER.get(status) if retry_after is None else max(1, ceil(retry_after))
    return headers if seconds is None else headers | {"Retry-After": str(seconds)}


def _asgi(rendered: Rendered) -> ASGIResponse:
    return ASGIResponse(
        body=rendered.body,
        status_code=rendered.status,
        headers=dict(rendered.headers),
        media_type=MediaType.JSON if not rendered.body else MEDIA_TYPE,
    )
