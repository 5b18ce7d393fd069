"""`ragtenancy reindex`: documents to another embedding model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, ClientId, DataDir
from ragtenancy.cli.output import print_json

if TYPE_CHECKING:
    from ragtenancy.domain.reindexing import Reindexed, ReindexProgress
    from ragtenancy.library.tenant import TenantHandle


def reindex(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Embed a client's documents by the model that is set, then switch to it at once.

    Until then services with the former model answer as before. Interrupted, it goes on when run
    again and pays for nothing twice.
    """
    from ragtenancy.cli.progress import progress_bars

    async def work(tenant: TenantHandle) -> Reindexed:
        with progress_bars(shown=not as_json) as bars:
            bar = bars(client_id)
            return await tenant.reindex(lambda now: bar(_share(now), _words(now)))

    try:
        done = serve_tenant(client_id, work, data_dir)
    except KeyboardInterrupt:
        typer.echo("ragtenancy: stopped; run it again to go on.", err=True)
        raise typer.Exit(130) from None
    if as_json:
        print_json(done)
    elif done.switched:
        print(
            f"{client_id}: {done.switched} documents answer by {done.model} now"
            f" ({done.chunks} chunks embedded)."
        )
    else:
        print(f"{client_id}: every document is of {done.model} already.")


def _share(now: ReindexProgress) -> float:
    return now.chunks / now.total_chunks if now.total_chunks else 1.0


def _words(now: ReindexProgress) -> str:
    return (
        f"{now.documents}/{now.total_documents} documents, {now.chunks}/{now.total_chunks} chunks"
    )
