"""Listening to a broker for waiting jobs."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import structlog

from ragtenancy.adapters.celery.client import TASK, make_app

if TYPE_CHECKING:
    from celery.worker import WorkController


log = structlog.get_logger(__name__)

CELERYS = "celery.worker"


@contextmanager
def complaints_logged() -> Iterator[None]:
    """Log the kind of any trouble with the broker while the context lasts."""
    celerys, complaints = logging.getLogger(CELERYS), _Complaints(logging.WARNING)
    celerys.addHandler(complaints)
    try:
        yield
    finally:
        celerys.removeHandler(complaints)


class _Complaints(logging.Handler):
    """Logs without the text, which may hold an address."""

    def emit(self, record: logging.LogRecord) -> None:
        failed = [each for each in record.args or () if isinstance(each, BaseException)]
        kinds = {"error_type": type(failed[0]).__name__} if failed else {}
        log.warning("broker_trouble", logger=record.name, **kinds)


Work = Callable[[], Awaitable[None]]
STOP_SECONDS = 5.0
PAUSE_SECONDS = 5.0
MAX_LOGGED_CHARACTERS = 64


class CeleryListener:
    """A Celery worker in a thread, whose tasks run in the listener's event loop.

    Its pool is of threads that only wait for the loop: all work, its clients, leases and
    children stay in the one loop of the main thread, where signals arrive too. Forked pools
    would inherit a loop and open connections, and a solo pool would hear one hint at a time.

    Some foreign messages terminate Celery's worker: a new one starts `pause` seconds later.
    """

    def __init__(self, broker_url: str, *, pause: float = PAUSE_SECONDS) -> None:
        self._broker_url = broker_url
        self._app = make_app(broker_url)
        self._pause = pause
        self._followed: set[asyncio.Future[None]] = set()
        self._ending = False

    async def listen(self, work: Work, *, at_once: int) -> None:
        """Do `work` once per hint, until cancelled; wait for an unavailable broker.

        `at_once` hints are handled at a time, others wait at the broker. Running work is cancelled
        at the end.
        """
        while True:
            await self._listen(work, at_once)
            log.warning("listener_ended")
            await asyncio.sleep(self._pause)
            self._app = make_app(self._broker_url)  # tasks are registered once per process

    async def _listen(self, work: Work, at_once: int) -> None:
        """Run a Celery worker until it ends by itself."""
        self._ending = False
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        controller = self._controller(loop, work, at_once)
        thread = threading.Thread(target=_run, args=(controller, loop, ended), daemon=True)
        with complaints_logged():
            thread.start()
            try:
                await ended.wait()
            finally:
                await self._end()
                await asyncio.to_thread(_join, thread)

    def _controller(
        self, loop: asyncio.AbstractEventLoop, work: Work, at_once: int
    ) -> WorkController:
        from celery.worker import WorkController

        def job_waits(job_id: str) -> None:
            self._wait(loop, work, job_id)

        self._app.task(job_waits, name=TASK, shared=False)
        self._app.set_default()  # the pool's threads look for tasks there
        return WorkController(
            app=self._app,
            pool_cls="threads",
            concurrency=at_once,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )

    def _wait(self, loop: asyncio.AbstractEventLoop, work: Work, job_id: str) -> None:
        """Do the work in the loop: the hint states that a job waits, not which one to do."""
        job_id = str(job_id)[:MAX_LOGGED_CHARACTERS]  # whatever the message says
        log.info("job_signal_heard", job_id=job_id)
        try:
            asyncio.run_coroutine_threadsafe(self._follow(work), loop).result()
        except (CancelledError, RuntimeError):
            log.info("job_signal_dropped", job_id=job_id)

    async def _follow(self, work: Work) -> None:
        if self._ending:
            return
        task = asyncio.ensure_future(work())
        self._followed.add(task)
        try:
            await task
        finally:
            self._followed.discard(task)

    async def _end(self) -> None:
        """Stop Celery's worker, which notices within a second, and cancel the running work."""
        from celery.worker import state

        state.should_stop = 0
        self._ending = True
        for task in tuple(self._followed):
            task.cancel()
        if self._followed:
            await asyncio.wait(tuple(self._followed))


def _join(thread: threading.Thread) -> None:
    """Wait a bounded time for the thread; the process may start another one afterwards."""
    from celery.worker import state

    thread.join(STOP_SECONDS)
    if not thread.is_alive():
        state.should_stop = None


def _run(controller: WorkController, loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """Run Celery's worker until stopped; then notify the loop, unless it is closed."""
    try:
        controller.start()
    finally:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(ended.set)
