"""`ragtenancy serve`: the HTTP service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import settings
from ragtenancy.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from ragtenancy.settings import Settings

Host = Annotated[
    str | None, typer.Option(help="The address (default: RAGTENANCY_HOST or 127.0.0.1).")
]
Port = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65_535,
        help="The port; 0 for any free one (default: RAGTENANCY_PORT or 8000).",
    ),
]
Workers = Annotated[
    int, typer.Option(min=0, max=64, help="The number of ingestion workers; 0 for none.")
]


def serve(
    workers: Workers = 1,
    host: Host = None,
    port: Port = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Serve HTTP, with ingestion workers in the same process, until stopped."""
    from ragtenancy.container import Container
    from ragtenancy.http.server import run_server
    from ragtenancy.telemetry import configure_logging

    chosen = with_address(settings(data_dir), host, port)
    configure_logging(chosen.log_level, "json" if as_json else chosen.log_format)
    run_server(Container(settings=chosen), workers=workers)


def with_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    """Return the settings with `host` and `port` if given."""
    from msgspec import structs

    return structs.replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
