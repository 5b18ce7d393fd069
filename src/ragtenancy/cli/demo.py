"""`ragtenancy demo`: serving two clients, each with its own guides."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from ragtenancy.cli.installation import announce_if_new, settings
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_json
from ragtenancy.cli.progress import progress_bars
from ragtenancy.cli.serve import Host, Port, with_address


def demo(
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve HTTP once the demo is ready.")
    ] = True,
    host: Host = None,
    port: Port = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Create two demo clients, ingest their guides, print their keys, and serve."""
    from msgspec import structs

    from ragtenancy.demo.prepare import prepare
    from ragtenancy.demo.walkthrough import CONSOLE, walkthrough
    from ragtenancy.telemetry import configure_logging

    chosen = with_address(settings(data_dir), host, port)
    chosen = structs.replace(chosen, console_url=chosen.console_url or CONSOLE)
    configure_logging("warning", "console")
    announce_if_new(chosen)
    with progress_bars(shown=not as_json) as bars:
        keys = asyncio.run(prepare(chosen, bars))

    def show(url: str) -> None:
        if as_json:
            print_json({"url": url, "clients": keys.clients, "operator": keys.operator})
        else:
            print(walkthrough(url, keys), flush=True)

    if not serve:
        show(f"http://{chosen.host}:{chosen.port}")
        return
    from ragtenancy.container import Container
    from ragtenancy.http.server import run_server

    configure_logging(chosen.log_level, "json" if as_json else "console")
    run_server(Container(settings=chosen), workers=chosen.worker_count, on_ready=show)
