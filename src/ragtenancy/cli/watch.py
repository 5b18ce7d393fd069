"""`ragtenancy ingest --watch`: keeping documents in sync with a folder."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from ragtenancy.cli.ingest_report import reporting
from ragtenancy.cli.ingestion import FileToIngest, IngestFiles
from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.kept_files import PATH
from ragtenancy.cli.mirror import Mirror
from ragtenancy.cli.outcomes import Outcome
from ragtenancy.cli.pace import Pace
from ragtenancy.cli.worker import handle_stop_signals

if TYPE_CHECKING:
    from ragtenancy.domain.documents import MetadataValue
    from ragtenancy.library.tenant import TenantHandle


def watch_folder(
    client: str,
    folder: Path,
    metadata: dict[str, MetadataValue],
    data_dir: Path | None,
    *,
    delete: bool,
    as_json: bool,
) -> None:
    """Keep a client's documents in sync with a folder until SIGINT or SIGTERM."""
    if PATH in metadata:
        raise typer.BadParameter(f'--watch sets the metadata "{PATH}" itself.')

    async def work(tenant: TenantHandle) -> None:
        await tenant.view()
        handle_stop_signals()
        printer = _OutcomePrinter(tenant, as_json=as_json)
        mirror = Mirror(
            tenant, folder, printer.ingest, printer.print_outcome, metadata=metadata, delete=delete
        )
        typer.echo(f"ragtenancy: watching {folder}; press Ctrl-C to stop.", err=True)
        with suppress(asyncio.CancelledError):
            await mirror.run()

    serve_tenant(client, work, data_dir, worker=True)
    typer.echo("ragtenancy: stopped watching.", err=True)


class _OutcomePrinter:
    """Ingests files and prints each outcome as it happens."""

    def __init__(self, tenant: TenantHandle, *, as_json: bool) -> None:
        self._tenant = tenant
        self._as_json = as_json

    async def ingest(self, files: Sequence[FileToIngest]) -> Sequence[Outcome]:
        """Ingest the files; return their outcomes."""
        pace = Pace(len(files), sum(file.size for file in files))
        with reporting(pace, shown=not self._as_json) as report:
            outcomes = await IngestFiles(self._tenant, report)(files)
        for outcome in outcomes:
            if outcome.failed or self._as_json:
                self.print_outcome(outcome)
        return outcomes

    def print_outcome(self, outcome: Outcome) -> None:
        """Print an outcome as a line of JSON or of text."""
        if self._as_json:
            sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
            sys.stdout.flush()
        elif outcome.failed:
            typer.echo(f"ragtenancy: {outcome.failure()}", err=True)
        else:
            print(outcome.line(), flush=True)
