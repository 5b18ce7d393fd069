"""`ragtenancy ingest`: files and folders into a client's documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import print_json
from ragtenancy.cli.progress import progress_bars

if TYPE_CHECKING:
    from ragtenancy.cli.ingestion import Outcome
    from ragtenancy.domain.documents import MetadataValue
    from ragtenancy.library.tenant import TenantHandle


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
    from ragtenancy.cli.ingestion import IngestFiles, files_of

    files = list(files_of(paths))
    if document is not None and len(files) != 1:
        raise typer.BadParameter("--document takes exactly one file.")
    facts = dict(_fact(text) for text in metadata or ())

    async def work(tenant: TenantHandle) -> list[Outcome]:
        await tenant.view()
        with progress_bars(shown=not as_json) as bars:
            run = IngestFiles(tenant, bars, metadata=facts, document_id=document)
            return await run(files)

    _report(serve_tenant(client, work, data_dir, worker=True), as_json=as_json)


def _report(outcomes: list[Outcome], *, as_json: bool) -> None:
    if as_json:
        print_json(outcomes)
    for outcome in outcomes:
        if outcome.status == "failed":
            sentence = f"{outcome.file}: {outcome.detail} ({outcome.code})"
            typer.echo(f"ragtenancy: {sentence}", err=True)
        elif not as_json:
            what = outcome.status if outcome.chunks is None else f"{outcome.chunks} chunks"
            print(f"{outcome.file}: {what}")
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(1)


def _fact(text: str) -> tuple[str, MetadataValue]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"{text!r} is not of the form key=value.")
    try:
        read = json.loads(value)
    except ValueError:
        return name, value
    return name, read if isinstance(read, str | int | float | bool) else value
