"""`ragtenancy reindex`: moving documents to another embedding model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import counted, print_json

if TYPE_CHECKING:
    from ragtenancy.cli.progress import Bar
    from ragtenancy.domain.reindexing import Reindexed, ReindexProgress
    from ragtenancy.library.rag import RagTenancy

STOPPED = 130


def reindex(
    client_ids: Annotated[
        list[str] | None, typer.Argument(help="The clients' ids.", metavar="CLIENT_ID...")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every client.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Embed clients' documents with their configured embedder, then switch each client at once.

    Until the switch, searches use the previous embedder. Run it again after an interruption; no
    text is embedded twice.
    """
    from ragtenancy.cli.progress import progress_bars

    if bool(client_ids) is every:
        raise typer.BadParameter("Name clients, or give --all.")

    async def work(rag: RagTenancy) -> dict[str, Reindexed]:
        chosen = client_ids or [tenant.tenant_id async for tenant in rag.tenants()]
        done: dict[str, Reindexed] = {}
        with progress_bars(shown=not as_json) as bars:
            for client_id in chosen:
                bar = bars(client_id)
                done[client_id] = await rag.tenant(client_id).reindex(_moving(bar))
        return done

    try:
        done = operate(work, data_dir)
    except KeyboardInterrupt:
        typer.echo("ragtenancy: stopped; run it again to continue.", err=True)
        raise typer.Exit(STOPPED) from None
    if as_json:
        print_json(done)
        return
    for client_id, result in done.items():
        print(f"{client_id}: {_sentence(result)}")


def _sentence(result: Reindexed) -> str:
    if not result.switched:
        return f"every document already uses {result.model}."
    moved, embedded = counted(result.switched, "document"), counted(result.chunks, "chunk")
    return f"{moved} moved to {result.model}; {embedded} embedded."


def _moving(bar: Bar) -> Callable[[ReindexProgress], None]:
    def move(now: ReindexProgress) -> None:
        share = now.chunks / now.total_chunks if now.total_chunks else 1.0
        bar(
            share,
            f"{now.documents}/{now.total_documents} documents, {counted(now.chunks, 'chunk')}",
        )

    return move
