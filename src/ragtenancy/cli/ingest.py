"""`ragtenancy ingest`: ingesting files and folders as a client's documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import counted, print_json

if TYPE_CHECKING:
    from ragtenancy.cli.ingestion import FileToIngest
    from ragtenancy.cli.outcomes import Outcome
    from ragtenancy.domain.documents import MetadataValue
    from ragtenancy.library.tenant import TenantHandle

STOPPED = 130


def ingest(
    client: Client,
    paths: Annotated[
        list[Path], typer.Argument(help="Files, and folders to ingest recursively.", exists=True)
    ],
    metadata: Annotated[
        list[str] | None, typer.Option(help="key=value stored with each document; repeatable.")
    ] = None,
    document: Annotated[
        str | None, typer.Option("--document", help="The document to replace with one file.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep the documents in sync with one folder.")
    ] = False,
    delete: Annotated[
        bool, typer.Option("--delete", help="With --watch: delete documents of deleted files.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Ingest files and wait until they are searchable; identical files are stored once.

    Run it again after an interruption: files already ingested are not ingested twice.
    """
    facts = dict(_fact(text) for text in metadata or ())
    if watch:
        from ragtenancy.cli.watch import watch_folder

        if len(paths) != 1 or not paths[0].is_dir() or document is not None:
            raise typer.BadParameter("--watch takes exactly one folder, and no --document.")
        watch_folder(client, paths[0], facts, data_dir, delete=delete, as_json=as_json)
        return
    if delete:
        raise typer.BadParameter("--delete requires --watch.")
    _ingest(client, _files(paths, facts, document), data_dir, as_json=as_json)


def _files(
    paths: Sequence[Path], facts: dict[str, MetadataValue], document_id: str | None
) -> list[FileToIngest]:
    from ragtenancy.cli.ingestion import FileToIngest, files_of, size_of

    files = [
        FileToIngest(
            path=path, named=named, size=size_of(path), metadata=facts, document_id=document_id
        )
        for path, named in files_of(paths)
    ]
    if document_id is not None and len(files) != 1:
        raise typer.BadParameter("--document takes exactly one file.")
    return files


def _ingest(
    client: str, files: Sequence[FileToIngest], data_dir: Path | None, *, as_json: bool
) -> None:
    from ragtenancy.cli.ingest_report import reporting
    from ragtenancy.cli.ingestion import IngestFiles
    from ragtenancy.cli.outcomes import summary
    from ragtenancy.cli.pace import Pace, duration

    pace = Pace(len(files), sum(file.size for file in files))

    async def work(tenant: TenantHandle) -> list[Outcome]:
        await tenant.view()
        with reporting(pace, shown=not as_json) as report:
            return await IngestFiles(tenant, report)(files)

    try:
        outcomes = serve_tenant(client, work, data_dir, worker=True)
    except KeyboardInterrupt:
        notice = (
            f"stopped after {pace.done} of {counted(len(files), 'file')}; run it again to continue."
        )
        typer.echo(f"ragtenancy: {notice}", err=True)
        raise typer.Exit(STOPPED) from None
    if as_json:
        print_json(outcomes)
    else:
        typer.echo(summary(outcomes, pace.speed(), duration(pace.seconds)), err=True)
    _list_failures(outcomes)


def _list_failures(outcomes: Sequence[Outcome]) -> None:
    """Print the problem and the remedy for each failed file; exit with 1 if there is one."""
    failed = [outcome for outcome in outcomes if outcome.failed]
    for outcome in failed:
        typer.echo(f"ragtenancy: {outcome.failure()}", err=True)
    if failed:
        raise typer.Exit(1)


def _fact(text: str) -> tuple[str, MetadataValue]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f'"{text}" does not have the form key=value.')
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    return name, read if isinstance(read, str | int | float | bool) else value
