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

CELERY_LOGGER = "celery.worker"


@contextmanager
def complaints_logged() -> Iterator[None]:
    """Within the context, log the exception type of each warning from Celery."""
    celery_log, complaints = logging.getLogger(CELERY_LOGGER), _Complaints(logging.WARNING)
    celery_log.addHandler(complaints)
    try:
        yield
    finally:
        celery_log.removeHandler(complaints)


class _Complaints(logging.Handler):
    """Logs a warning without its text, which may contain the broker's URL."""

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

    Its pool consists of threads that only wait for the loop: all work, its clients, leases and
    child processes stay in the one loop of the main thread, which also receives Unix signals.
    Forked pools would inherit a loop and open connections, and a solo pool would handle one hint at
    a time.

    Some messages of other programs terminate Celery's worker: a new one starts `pause` seconds
    later.
    """

    def __init__(self, broker_url: str, *, pause: float = PAUSE_SECONDS) -> None:
        self._broker_url = broker_url
        self._app = make_app(broker_url)
        self._pause = pause
        self._running: set[asyncio.Future[None]] = set()
        self._ending = False

    async def listen(self, work: Work, *, concurrency: int) -> None:
        """Do `work` once per hint, until cancelled; wait for an unavailable broker.

        `concurrency` hints are handled at a time, others wait at the broker. Running work is
        cancelled at the end.
        """
        while True:
            await self._listen(work, concurrency)
            log.warning("listener_ended")
            await asyncio.sleep(self._pause)
            self._app = make_app(
                self._broker_url
            )  # an app keeps the first task registered under a name, with its old loop

    async def _listen(self, work: Work, concurrency: int) -> None:
        """Run a Celery worker until it ends by itself."""
        self._ending = False
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        controller = self._controller(loop, work, concurrency)
        thread = threading.Thread(target=_run, args=(controller, loop, ended), daemon=True)
        with complaints_logged():
            thread.start()
            try:
                await ended.wait()
            finally:
                await self._end()
                await asyncio.to_thread(_join, thread)

    def _controller(
        self, loop: asyncio.AbstractEventLoop, work: Work, concurrency: int
    ) -> WorkController:
        from celery.worker import WorkController

        def job_waits(job_id: str) -> None:
            self._do_work_in_loop(loop, work, job_id)

        self._app.task(job_waits, name=TASK, shared=False)
        self._app.set_default()  # the pool's threads look for tasks there
        return WorkController(
            app=self._app,
            pool_cls="threads",
            concurrency=concurrency,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )

    def _do_work_in_loop(self, loop: asyncio.AbstractEventLoop, work: Work, job_id: str) -> None:
        """Do the work in the loop: the hint states that a job waits, not which one to do."""
        job_id = str(job_id)[:MAX_LOGGED_CHARACTERS]  # whatever the message says
        log.info("job_signal_heard", job_id=job_id)
        try:
            asyncio.run_coroutine_threadsafe(self._run_work(work), loop).result()
        except (CancelledError, RuntimeError):
            log.info("job_signal_dropped", job_id=job_id)

    async def _run_work(self, work: Work) -> None:
        if self._ending:
            return
        task = asyncio.ensure_future(work())
        self._running.add(task)
        try:
            await task
        finally:
            self._running.discard(task)

    async def _end(self) -> None:
        """Stop Celery's worker, which notices within a second, and cancel the running work."""
        from celery.worker import state

        state.should_stop = 0  # an exit status: anything but None or False stops it
        self._ending = True
        for task in tuple(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(tuple(self._running))


def _join(thread: threading.Thread) -> None:
    """Wait up to five seconds for the thread; if it ended, let the process start another."""
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
