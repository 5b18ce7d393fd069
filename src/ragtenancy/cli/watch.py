"""`ragtenancy ingest --watch`: a folder kept in step."""

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
from ragtenancy.cli.worker import stop_in_order

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
    """Keep a client's documents in step with a folder until SIGINT or SIGTERM."""
    if PATH in metadata:
        raise typer.BadParameter(f'--watch sets the metadata "{PATH}" itself.')

    async def work(tenant: TenantHandle) -> None:
        await tenant.view()
        stop_in_order()
        told = _Told(tenant, as_json=as_json)
        mirror = Mirror(tenant, folder, told.ingest, told.tell, metadata=metadata, delete=delete)
        typer.echo(f"ragtenancy: watching {folder}; ctrl-C ends it.", err=True)
        with suppress(asyncio.CancelledError):
            await mirror.run()

    serve_tenant(client, work, data_dir, worker=True)
    typer.echo("ragtenancy: stopped watching.", err=True)


class _Told:
    """Ingests and says what became of each file, as it happens."""

    def __init__(self, tenant: TenantHandle, *, as_json: bool) -> None:
        self._tenant = tenant
        self._as_json = as_json

    async def ingest(self, files: Sequence[FileToIngest]) -> Sequence[Outcome]:
        """Return what became of the files."""
        pace = Pace(len(files), sum(file.size for file in files))
        with reporting(pace, shown=not self._as_json) as report:
            outcomes = await IngestFiles(self._tenant, report)(files)
        for outcome in outcomes:
            if outcome.failed or self._as_json:
                self.tell(outcome)
        return outcomes

    def tell(self, outcome: Outcome) -> None:
        """Print an outcome: a line of JSON, or one for a person."""
        if self._as_json:
            sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
            sys.stdout.flush()
        elif outcome.failed:
            typer.echo(f"ragtenancy: {outcome.failure()}", err=True)
        else:
            print(outcome.line(), flush=True)
