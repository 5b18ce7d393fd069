"""The application: routes, guard, problems and middleware."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from litestar import Litestar
from litestar.types import ControllerRouterHandler, Receive, Scope, Send

from ragtenancy.container import Container
from ragtenancy.http import auth
from ragtenancy.http.bad_keys import BadKeys
from ragtenancy.http.bodies import Bodies, UnfinishedBytes
from ragtenancy.http.controllers import (
    admin,
    chat,
    evidence,
    first_page,
    ingest,
    openai,
    operations,
    search,
    webhooks,
)
from ragtenancy.http.gate import Gate, Visits
from ragtenancy.http.lifespan import is_ready, lifespan
from ragtenancy.http.mcp.endpoint import mcp_endpoint
from ragtenancy.http.mcp.tools import UseCases
from ragtenancy.http.middleware import Frame, PathCheck
from ragtenancy.http.problems import LastResort, Problems
from ragtenancy.http.route import Provided, options_of
from ragtenancy.http.streams import EventStreams
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tracing import Tracer
from ragtenancy.settings import Settings, load_settings
from ragtenancy.telemetry import configure_logging

CONTROLLERS = (first_page, chat, search, ingest, evidence, webhooks, openai, admin, operations)


class Application(Litestar):
    """Litestar wrapped in our own middleware, which also covers its routing errors."""

    __slots__ = ("_outermost",)

    def surround(
        self,
        problems: Problems,
        ids: Ids,
        metrics: Metrics,
        tracer: Tracer,
        settings: Settings,
        under_way: set[asyncio.Task[None]],
        refused: Callable[[int], None],
    ) -> None:
        """Wrap the application in the middleware."""
        unfinished = UnfinishedBytes(settings.max_unfinished_bytes)
        inner = Bodies(PathCheck(super().__call__), settings.upload_timeout, unfinished)
        admitted = LastResort(Visits(inner), problems)
        self._outermost = Frame(admitted, ids, metrics, tracer, under_way, refused)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        """Run one request, or the lifespan."""
        await self._outermost(scope, receive, send)


def create_app(
    container: Container | None = None,
    *,
    workers: int = 1,
    warmed: Callable[[], None] = lambda: None,
) -> Litestar:
    """Return the application; without a container, create one from the process's settings.

    `workers` is the number of ingestion jobs at work at a time. `warmed` is called once everything
    is loaded. Raises `ConfigurationError`.
    """
    container = container or _own_container()
    problems = Problems(container.metrics())
    event_streams = EventStreams(problems)
    under_way: set[asyncio.Task[None]] = set()
    provided: Provided = {
        **container.providers,
        "event_streams": lambda: event_streams,
    }
    routes = [route for module in CONTROLLERS for route in module.ROUTES]
    use_cases = UseCases(
        search=container.search, chat=container.chat, documents=container.documents
    )
    handlers = [
        *options_of(routes),
        *(route.bound(provided) for route in routes),
        mcp_endpoint(use_cases, problems),
    ]
    background = lifespan(container, event_streams, under_way, workers=workers, warmed=warmed)
    return _surrounded(container, problems, handlers, background, under_way)


def create_worker_app(container: Container) -> Litestar:
    """Return the application of a process that serves no API: health and metrics alone."""
    routes = operations.OF_WORKERS
    bound = [route.bound(dict(container.providers)) for route in routes]
    handlers = [*options_of(routes), *bound]
    return _surrounded(container, Problems(container.metrics()), handlers, is_ready, set())


def _surrounded(
    container: Container,
    problems: Problems,
    handlers: Sequence[ControllerRouterHandler],
    background: Callable[[Litestar], AbstractAsyncContextManager[None]],
    under_way: set[asyncio.Task[None]],
) -> Application:
    app = Application(
        route_handlers=handlers,
        guards=[auth.guard(container.authenticator(), _bad_keys(container), _gate(container))],
        exception_handlers={Exception: problems},
        lifespan=[background],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )
    auth.require_declared(app)
    app.surround(
        problems,
        container.ids(),
        container.metrics(),
        container.tracer(),
        container.settings(),
        under_way,
        container.audit_notes().refused,
    )
    return app


def _bad_keys(container: Container) -> BadKeys:
    settings = container.settings()
    return BadKeys(
        container.clock(),
        per_minute=settings.bad_keys_per_minute,
        trusted_proxies=settings.trusted_proxies,
    )


def _gate(container: Container) -> Gate:
    return Gate(container.admission(), container.request_limits(), container.configs())


def _own_container() -> Container:
    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    return Container(settings=settings)
