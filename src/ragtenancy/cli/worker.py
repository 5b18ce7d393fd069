"""`ragtenancy worker`: ingesting alongside, or instead of, the server's own workers."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import require_installation, settings
from ragtenancy.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from ragtenancy.settings import Settings


def work(
    count: Annotated[
        int, typer.Option("--count", min=1, max=64, help="The number of concurrent jobs.")
    ] = 1,
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
    """Process queued jobs until stopped; on stopping, jobs in progress are requeued."""
    from ragtenancy.telemetry import configure_logging

    chosen = require_installation(settings(data_dir))
    configure_logging(chosen.log_level, "json" if as_json else chosen.log_format)
    if celery and until_idle:
        raise typer.BadParameter("--until-idle cannot be combined with --celery.")
    if celery:
        asyncio.run(_work_on_notification(chosen, count, look_every))
    else:
        asyncio.run(_work(chosen, count, until_idle=until_idle))


async def _work_on_notification(settings: Settings, count: int, look_every: float) -> None:
    from ragtenancy.library.rag import RagTenancy

    handle_stop_signals()
    async with RagTenancy.open(settings, worker=False) as rag:
        with suppress(asyncio.CancelledError):
            await rag.work_on_signal(concurrency=count, look_every=timedelta(seconds=look_every))


async def _work(settings: Settings, count: int, *, until_idle: bool) -> None:
    from ragtenancy.library.rag import RagTenancy

    handle_stop_signals()
    async with RagTenancy.open(settings, worker=False) as rag:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(rag.work(until_idle=until_idle))
        except asyncio.CancelledError:
            return


def handle_stop_signals() -> None:
    """Let SIGINT and SIGTERM cancel this task instead of ending the process."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
