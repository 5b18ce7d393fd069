"""`ragtenancy serve`: the HTTP service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from ragtenancy.cli.installation import is_new, settings
from ragtenancy.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from ragtenancy.settings import Settings

log = structlog.get_logger(__name__)

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
    int | None,
    typer.Option(
        min=0,
        max=64,
        help="The number of ingestion jobs at work at a time; 0 for none (default: RAGTENANCY_WORKERS or the number of processors).",
    ),
]


def serve(
    workers: Workers = None,
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
    new = is_new(chosen)
    if new:
        log.info("installation_made", store=str(chosen.data_dir.resolve()))
    run_server(
        Container(settings=chosen),
        workers=chosen.worker_count if workers is None else workers,
        on_ready=None if as_json else lambda url: _welcome(url, chosen, new=new),
    )


def _welcome(url: str, settings: Settings, *, new: bool) -> None:
    print(f"ragtenancy is running at {url}; the API reference is at {url}/schema")
    if new:
        key = "in ADMIN_API_KEY" if settings.admin_keys else f"in {settings.data_dir / 'admin.key'}"
        folder = "" if settings.data_dir == Path("data") else f"--data-dir {settings.data_dir} "
        print(
            f"New data folder: {settings.data_dir.resolve()}\n"
            f"The operator's key is {key}\n"
            "Create your first client in a second terminal, in this folder; it prints the client's key:"
            f"\n  ragtenancy {folder}client create acme\n"
            "Then upload a file and ask:\n"
            f"  curl {url}/api/v1/ingest/document -H 'X-API-Key: KEY' -F file=@manual.docx\n"
            f"  curl {url}/api/v1/chat -H 'X-API-Key: KEY' -H 'Content-Type: application/json' \\\n"
            '    -d \'{"message": "How do I …?"}\''
        )
    sys.stdout.flush()


def with_address(settings: Settings, host: str | None, port: int | None) -> Settings:
    """Return the settings with `host` and `port` if given."""
    from msgspec import structs

    return structs.replace(
        settings,
        host=settings.host if host is None else host,
        port=settings.port if port is None else port,
    )
