"""The application's background tasks, from start to stop."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from datetime import timedelta

import structlog
from litestar import Litestar

from ragtenancy.app.maintenance.garbage import SweepReport
from ragtenancy.app.maintenance.sweeper import SWEEP_EVERY
from ragtenancy.container import Container
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.small_talk import small_talk
from ragtenancy.http.streams import EventStreams

log = structlog.get_logger(__name__)

ABORT_SECONDS = 4.0
WARM_UP = "warm up"
WATCH_EVERY = timedelta(hours=1)


def lifespan(
    container: Container,
    event_streams: EventStreams,
    under_way: set[asyncio.Task[None]],
    *,
    workers: int,
    warmed: Callable[[], None] = lambda: None,
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return the lifespan: runs workers, sweeper and warm-up, and stops them cleanly.

    `warmed` is called after the warm-up.
    """

    @asynccontextmanager
    async def run(app: Litestar) -> AsyncIterator[None]:
        async with container.closers():
            installed = container.installed_backends()
            installed.warn_of_loose_files()
            await installed.preflight()
            await installed.before_serving()
            tasks = [_start("webhooks", container.deliverer().run())]
            if workers:
                tasks.append(_start("worker", container.worker().run(concurrency=workers)))
            tasks.append(_start("usage", container.search_tally().run()))
            tasks.append(_start("audit", container.audit_notes().run()))
            tasks.append(_start("sweeper", _sweep(container)))
            tasks.append(_start("watch", _watch(container)))
            tasks.append(_start("warm-up", _warm_up(container, warmed)))
            app.state.ready = True
            try:
                yield
            finally:
                app.state.ready = False
                await _end(tasks)
                await event_streams.close()
                await _ended(under_way)

    return run


@asynccontextmanager
async def is_ready(app: Litestar) -> AsyncIterator[None]:
    """Be ready from start to stop, without background tasks."""
    app.state.ready = True
    try:
        yield
    finally:
        app.state.ready = False


def _start(name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
    """Start a background task; log it if it ends with an error."""
    task = asyncio.create_task(work, name=name, context=Context())
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("background_ended", logger=task.get_name(), exc_info=error)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def _ended(under_way: set[asyncio.Task[None]]) -> None:
    """Wait for requests that the server cancelled: their turns are stored as aborted."""
    if others := under_way - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=ABORT_SECONDS)


async def _sweep(container: Container) -> None:
    """Sweep once at start, since a crash may have come before, then in turn with other servers."""
    sweeper = container.sweeper()
    sweep: Callable[[], Awaitable[SweepReport | None]] = sweeper.sweep
    while True:
        try:
            report = await sweeper.sweep_nightly() or await sweep()
            if report is not None:
                log.info("swept", revisions=report.revisions, blobs=report.blobs)
        except RagTenancyError as error:
            log.warning("sweep_failed", code=error.reason)
        sweep = sweeper.sweep_in_turn
        await container.clock().sleep(SWEEP_EVERY)


async def _watch(container: Container) -> None:
    """Check the backends hourly: their warnings reach log and metrics though nobody asks."""
    while True:
        await container.clock().sleep(WATCH_EVERY)
        health = await container.health_checks().check()
        for backend, warning in health.warnings.items():
            log.warning("backend_warns", backend=backend, code=warning)


async def _warm_up(container: Container, warmed: Callable[[], None]) -> None:
    """Load what the first question would wait for, and log each port's adapter."""
    await asyncio.to_thread(importlib.import_module, "ragtenancy.app.chat.graph")
    await asyncio.to_thread(small_talk, WARM_UP)
    await asyncio.to_thread(container.analyzer().terms, WARM_UP, "english")
    container.chat_graph()
    backends = {port: type(made).__name__ for port, made in container.ports().items()}
    log.debug("composed", backends=backends)
    await container.model_trials().run()
    warmed()
