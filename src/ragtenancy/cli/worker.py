"""`ragtenancy worker`: ingesting beside, or instead of, the server's own worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import settings
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.stopping import stop_in_order

if TYPE_CHECKING:
    from ragtenancy.settings import Settings


def work(
    count: Annotated[int, typer.Option("--count", min=1, max=64, help="Jobs at once.")] = 1,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing is due.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Ingest what is queued until stopped; a job under way goes back to the queue."""
    from ragtenancy.telemetry import configure_logging

    chosen = settings(data_dir)
    configure_logging(chosen.log_level, "json" if as_json else chosen.log_format)
    asyncio.run(_work(chosen, count, until_idle=until_idle))


async def _work(settings: Settings, count: int, *, until_idle: bool) -> None:
    from ragtenancy.library.rag import RagTenancy

    stop_in_order()
    async with RagTenancy.open(settings, worker=False) as rag:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    group.create_task(rag.work(until_idle=until_idle))
        except asyncio.CancelledError:
            return
