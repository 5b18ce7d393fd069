"""`ragtenancy ingest`: files and folders into a client's documents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec import Struct

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import print_json
from ragtenancy.cli.progress import Bars, no_bars, progress_bars

if TYPE_CHECKING:
    from ragtenancy.domain.documents import MetadataValue
    from ragtenancy.library.tenant import TenantHandle

AT_ONCE = 4
Open = Callable[[Path], Bars]


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one file; `skipped` for one of a folder that is no document."""

    file: str
    status: str
    document_id: str | None = None
    job_id: str | None = None
    chunks: int | None = None
    code: str | None = None
    detail: str | None = None


def ingest(
    client: Client,
    paths: Annotated[
        list[Path], typer.Argument(help="Files, and folders with all below.", exists=True)
    ],
    metadata: Annotated[
        list[str] | None, typer.Option(help="key=value kept with each document; repeat it.")
    ] = None,
    document: Annotated[
        str | None, typer.Option("--document", help="The document that one file replaces.")
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Ingest files and wait until they answer; the same file twice is kept once."""
    files = list(_files(paths))
    if document is not None and len(files) != 1:
        raise typer.BadParameter("--document takes exactly one file.")
    facts = dict(_fact(text) for text in metadata or ())

    async def work(tenant: TenantHandle) -> list[Outcome]:
        bars = no_bars() if as_json else progress_bars()
        with bars as open_bar:
            return await _Ingestion(tenant, facts, document, open_bar).all(files)

    outcomes = serve_tenant(client, work, data_dir, worker=True)
    if as_json:
        print_json(outcomes)
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    for outcome in failed:
        typer.echo(f"ragtenancy: {outcome.file}: {outcome.detail} ({outcome.code})", err=True)
    if failed:
        raise typer.Exit(1)


class _Ingestion:
    """Some files at once."""

    def __init__(
        self,
        tenant: TenantHandle,
        metadata: dict[str, MetadataValue],
        document_id: str | None,
        bars: Bars,
    ) -> None:
        self._tenant = tenant
        self._metadata = metadata
        self._document_id = document_id
        self._bars = bars
        self._room = asyncio.Semaphore(AT_ONCE)

    async def all(self, files: Sequence[_File]) -> list[Outcome]:
        """Return what became of each file, in their order."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._one(file)) for file in files]
        return [task.result() for task in tasks]

    async def _one(self, file: _File) -> Outcome:
        from ragtenancy.domain.errors import NotFoundError, RagTenancyError, UnsupportedError

        async with self._room:
            bar = self._bars(str(file.path))
            try:
                outcome = await self._ingested(file.path, bar)
            except NotFoundError:
                raise
            except RagTenancyError as error:
                skipped = file.found and isinstance(error, UnsupportedError)
                outcome = Outcome(
                    file=str(file.path),
                    status="skipped" if skipped else "failed",
                    code=error.reason,
                    detail=error.detail,
                )
            bar(1.0, outcome.status)
            return outcome
