"""Running the application under uvicorn."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
import structlog
import uvicorn

from ragtenancy.container import Container
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.http.app import create_app
from ragtenancy.http.connections import Connections
from ragtenancy.settings import Settings

log = structlog.get_logger(__name__)

KEEP_ALIVE_SECONDS = 65
SHUTDOWN_SECONDS = 30
BACKLOG = 2_048
ACCEPTED_AT_ONCE = 64
MAX_DESCRIPTORS = 65_536
MAX_CONNECTIONS = 10_000
OTHER_DESCRIPTORS = 2_048
QUIET_SECONDS = 60.0
UNREAD_SECONDS = 120
Ready = Callable[[str], None]


def run_server(container: Container, *, workers: int, on_ready: Ready | None = None) -> None:
    """Serve a container's application until SIGINT or SIGTERM; replies then get 30 s to finish.

    `on_ready` is called with the base URL once the server is ready. Raises `ConfigurationError`
    for an unavailable address and an unknown kind of broker.
    """
    descriptors = _raise_descriptor_limit()
    container.job_signals()  # fail now if the settings name an unusable broker
    listening = _listen(container.settings())
    app = create_app(container, workers=workers)
    connections = Connections(max_connections(descriptors), container.ids(), container.metrics())
    config = uvicorn.Config(
        app,
        http=cast("type[asyncio.Protocol]", connections),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        backlog=ACCEPTED_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    host, port = listening.getsockname()[:2]
    log.info("backends", backends=msgspec.to_builtins(container.within_reach().backends))
    server = _Server(config, lambda: _say(host, port, workers, on_ready))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        asyncio.run(_serve(container, server, listening))
    except KeyboardInterrupt:
        return
    except SystemExit as ended:
        if server.was_ready or not ended.code:
            raise
    if not server.was_ready:
        raise ConfigurationError("The service could not be started.")


async def _serve(container: Container, server: uvicorn.Server, listening: socket.socket) -> None:
    """Check the services before the server starts: it would report a fault as a traceback."""
    try:
        await container.installed_backends().preflight()
    except ConfigurationError:
        await container.closers().aclose()
        raise
    asyncio.get_running_loop().set_exception_handler(AcceptFailures().handle)
    await server.serve(sockets=[listening])


class _Server(uvicorn.Server):
    """A uvicorn server that announces when it is ready."""

    def __init__(self, config: uvicorn.Config, say: Callable[[], None]) -> None:
        super().__init__(config)
        self._say = say
        self.was_ready = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or []:
            listening.listen(BACKLOG)  # asyncio set it to the number accepted at once
        if self.started:
            self.was_ready = True
            self._say()


class AcceptFailures:
    """Logs failures to accept a connection at most once a minute; asyncio would log each attempt."""

    def __init__(self) -> None:
        self._count = 0
        self._quiet_until = 0.0

    def handle(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Handle the event loop's errors, as its exception handler."""
        if context.get("message") != "socket.accept() out of system resource":
            loop.default_exception_handler(dict(context))
            return
        self._count += 1
        if time.monotonic() >= self._quiet_until:
            log.error("accept_failed", count=self._count)
            self._count = 0
            self._quiet_until = time.monotonic() + QUIET_SECONDS


def max_connections(descriptors: int) -> int:
    """Return the connection limit, leaving descriptors for files and backends."""
    return min(MAX_CONNECTIONS, max(descriptors // 4, descriptors - OTHER_DESCRIPTORS))


def _raise_descriptor_limit() -> int:
    """Raise the limit on open files towards the hard limit; return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MAX_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS has a lower limit of its own
        return soft
    return wanted


def _listen(settings: Settings) -> socket.socket:
    """Bind the address. asyncio sets TCP_NODELAY only if the protocol is given, as here."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted sockets inherit it
            listening.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1_000
            )
        listening.bind((settings.host, settings.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        where = f"{settings.host}:{settings.port}"
        raise ConfigurationError(
            f"Cannot listen on {where}: {os.strerror(error.errno or 0)}."
        ) from error
    return listening


def _say(host: str, port: int, workers: int, on_ready: Ready | None) -> None:
    log.info("serving", host=host, port=port, workers=workers)
    if on_ready is not None:
        on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
