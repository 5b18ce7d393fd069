"""Running the application under uvicorn."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import Context

import msgspec
import structlog
import uvicorn
import uvloop
from litestar import Litestar

from ragtenancy.container import Container
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.http.app import create_app, create_worker_app
from ragtenancy.http.connections import Connections

log = structlog.get_logger(__name__)

KEEP_ALIVE_SECONDS = 65
SHUTDOWN_SECONDS = 20
BACKLOG = 2_048
ACCEPTED_AT_ONCE = 64
ACCEPT_AGAIN_SECONDS = 1.0
MAX_DESCRIPTORS = 65_536
MAX_CONNECTIONS = 10_000
OTHER_DESCRIPTORS = 2_048
MAX_WORKER_CONNECTIONS = 100
WORKER_SHUTDOWN_SECONDS = 2
QUIET_SECONDS = 60.0
UNREAD_SECONDS = 120
Ready = Callable[[str], None]


def run_server(container: Container, *, workers: int, on_ready: Ready | None = None) -> None:
    """Serve a container's application until SIGINT or SIGTERM; replies then get 20 s to finish.

    `on_ready` is called with the base URL once the server is ready. Raises `ConfigurationError`
    for an unavailable address and an unknown kind of broker.
    """
    descriptors = _raise_descriptor_limit()
    container.job_signals()  # fail now if the settings name an unusable broker
    settings = container.settings()
    listening = _listen(settings.host, settings.port)
    app = create_app(container, workers=workers, warmed=freeze)
    connections = Connections(
        max_connections(descriptors),
        container.ids(),
        container.metrics(),
        per_address=settings.max_connections_per_address,
    )
    config = _config(app, shutdown_seconds=SHUTDOWN_SECONDS)
    host, port = listening.getsockname()[:2]
    log.info("backends", backends=msgspec.to_builtins(container.within_reach().backends))
    server = _Server(config, connections, lambda: _say(host, port, workers, on_ready))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("uvicorn.error").addFilter(_not_cancelled)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(container, server, listening))
    except KeyboardInterrupt:
        return
    except SystemExit as ended:
        if server.was_ready or not ended.code:
            raise
    if not server.was_ready:
        raise ConfigurationError("The service could not be started.")


def freeze() -> None:
    """Exempt what is loaded from garbage collection, which would halt the loop for a tenth of a second."""
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def serving_metrics(container: Container, address: str) -> AsyncIterator[None]:
    """Serve health and metrics in this event loop for as long as the context lasts.

    `address` is `host:port`. Raises `ConfigurationError` if it is unavailable.
    """
    host, _, port = address.rpartition(":")
    listening = _listen(host.strip("[]"), int(port))
    config = _config(create_worker_app(container), shutdown_seconds=WORKER_SHUTDOWN_SECONDS)
    connections = Connections(MAX_WORKER_CONNECTIONS, container.ids(), container.metrics())
    taken_host, taken_port = listening.getsockname()[:2]
    log.info("serving_metrics", host=taken_host, port=taken_port)
    server = _ServerBeside(config, connections, lambda: None)
    task = asyncio.create_task(server.serve(sockets=[listening]), context=Context())
    try:
        yield
    finally:
        server.should_exit = True
        await asyncio.wait([task])


def _config(app: Litestar, *, shutdown_seconds: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=shutdown_seconds,
    )


async def _serve(container: Container, server: uvicorn.Server, listening: socket.socket) -> None:
    """Check the services and the signing key before the server starts: it would report a fault as a traceback."""
    try:
        await container.installed_backends().preflight()
        await container.signing_key().signer()
    except ConfigurationError:
        listening.close()
        await container.closers().aclose()
        raise
    await server.serve(sockets=[listening])


def _not_cancelled(record: logging.LogRecord) -> bool:
    """Return whether a log record is anything but a request that was cut short by a stop."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class Listener:
    """Accepts the connections of one listening socket.

    uvloop closes connections that it has no descriptor for without a word, and may stop listening.
    Here such a connection stays in the kernel's queue, and the failure is logged at most once a
    minute.
    """

    def __init__(self, listening: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._listening = listening
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._handshakes: set[asyncio.Task[object]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._failures = 0
        self._quiet_until = 0.0
        listening.settimeout(0)
        self._start()

    def close(self) -> None:
        """Accept no more."""
        self._loop.remove_reader(self._listening)
        if self._retry is not None:
            self._retry.cancel()

    async def wait_closed(self) -> None:
        """Return at once: nothing is left to wait for."""

    def _start(self) -> None:
        self._retry = None
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                accepted, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._fail(error)
                return
            accepted.settimeout(0)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connect = self._loop.connect_accepted_socket(self._protocol, accepted)
            task = self._loop.create_task(connect)
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)

    def _fail(self, error: OSError) -> None:
        """Pause for a second: descriptors or memory ran out."""
        self._loop.remove_reader(self._listening)
        self._retry = self._loop.call_later(ACCEPT_AGAIN_SECONDS, self._start)
        self._failures += 1
        if time.monotonic() >= self._quiet_until:
            log.error("accept_failed", count=self._failures, why=os.strerror(error.errno or 0))
            self._failures = 0
            self._quiet_until = time.monotonic() + QUIET_SECONDS


class _Server(uvicorn.Server):
    """A uvicorn server that accepts by our own listener and announces when it is ready."""

    def __init__(
        self, config: uvicorn.Config, connections: Connections, say: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._say = say
        self.was_ready = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self.servers = [Listener(listening, self._protocol) for listening in sockets or []]  # type: ignore[misc]
        self.was_ready = True
        self._say()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close connections that are still being accepted too, then as uvicorn does."""
        self._connections.stopping = True
        await super().shutdown(sockets)

    def _protocol(self) -> asyncio.Protocol:
        return self._connections(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


class _ServerBeside(_Server):
    """A server in a process that handles signals itself."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


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


def _listen(host: str, port: int) -> socket.socket:
    """Bind the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted sockets inherit it
            listening.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1_000
            )
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "no such port"
        raise ConfigurationError(f"Cannot listen on {host}:{port}: {why}.") from error
    return listening


def _say(host: str, port: int, workers: int, on_ready: Ready | None) -> None:
    log.info("serving", host=host, port=port, workers=workers)
    if on_ready is not None:
        on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
