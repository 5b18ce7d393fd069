"""`ragtenancy worker`: ingesting and sending messages beside, or instead of, the servers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import require_installation, settings
from ragtenancy.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from ragtenancy.container import Container
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.settings import Settings


DELIVERING_SECONDS = 60.0


def work(
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            min=1,
            max=64,
            help="The number of jobs at work at a time (default: RAGTENANCY_WORKERS or the number of processors).",
        ),
    ] = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Exit when no job is due.")
    ] = False,
    celery: Annotated[
        bool,
        typer.Option(
            "--celery", help="Wait for the broker's notifications (RAGTENANCY_BROKER_URL)."
        ),
    ] = False,
    look_every: Annotated[
        float,
        typer.Option("--look-every", min=0.1, help="Seconds between polls without a notification."),
    ] = 5.0,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Process queued jobs and send webhooks' messages until stopped; jobs in progress are then requeued."""
    from ragtenancy.telemetry import configure_logging

    chosen = require_installation(settings(data_dir))
    configure_logging(chosen.log_level, "json" if as_json else chosen.log_format)
    if celery and until_idle:
        raise typer.BadParameter("--until-idle cannot be combined with --celery.")
    count = count or chosen.worker_count or 1
    if celery:
        every = timedelta(seconds=look_every)
        asyncio.run(_run(chosen, lambda rag: _on_notification(rag, count, every)))
    elif until_idle:
        asyncio.run(_run(chosen, lambda rag: _until_idle(rag, count)))
    else:
        asyncio.run(_run(chosen, lambda rag: _without_end(rag, count)))


async def _run(settings: Settings, work: Callable[[RagTenancy], Awaitable[None]]) -> None:
    """Work until done or stopped; serve metrics meanwhile if an address is set."""
    from ragtenancy.container import Container
    from ragtenancy.library.rag import RagTenancy

    handle_stop_signals()
    container = Container(settings=settings)
    async with (
        RagTenancy.open(container=container, worker=False) as rag,
        _metrics(container, settings.worker_metrics),
    ):
        installed = container.installed_backends()
        installed.warn_of_loose_files()
        await installed.before_serving()
        with suppress(asyncio.CancelledError):
            await work(rag)


@asynccontextmanager
async def _metrics(container: Container, address: str | None) -> AsyncIterator[None]:
    if address is None:
        yield
        return
    from ragtenancy.http.server import serving_metrics

    async with serving_metrics(container, address):
        yield


async def _without_end(rag: RagTenancy, count: int) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(rag.deliver())
        group.create_task(rag.work(concurrency=count))


async def _until_idle(rag: RagTenancy, count: int) -> None:
    """Work off the queue, then deliver what is due; receivers get a minute in all."""
    await rag.work(until_idle=True, concurrency=count)
    with suppress(TimeoutError):
        async with asyncio.timeout(DELIVERING_SECONDS):
            await rag.deliver(until_idle=True)


async def _on_notification(rag: RagTenancy, count: int, look_every: timedelta) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(rag.deliver())
        group.create_task(rag.work_on_signal(concurrency=count, look_every=look_every))


def handle_stop_signals() -> None:
    """Let SIGINT and SIGTERM cancel this task instead of ending the process."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
