"""`ragtenancy search`: the best passages for a question."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.explaining import print_bars, print_explanation, print_why
from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir, TopK
from ragtenancy.cli.output import print_json, print_table

if TYPE_CHECKING:
    from ragtenancy.app.search.search import SearchReply
    from ragtenancy.domain.explain import Hit

SHOWN = 160


def search(
    client: Client,
    query: Annotated[str, typer.Argument(help="The question.")],
    top_k: TopK = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the breakdown of each score.")
    ] = False,
    why: Annotated[
        str | None,
        typer.Option("--why", help="Explain the place or absence of this document (its id)."),
    ] = None,
    bars: Annotated[
        bool | None,
        typer.Option(
            "--bars/--no-bars", help="Draw explained scores (default: only in a terminal)."
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Search a client's documents. Hits below the threshold are marked, not dropped."""
    found = serve_tenant(
        client, lambda tenant: tenant.search(query, top_k=top_k, explain=explain, why=why), data_dir
    )
    if as_json:
        from ragtenancy.domain.ids import TenantId
        from ragtenancy.http.views.search import reply

        print_json(reply(found, TenantId(client)))
        return
    _print(found, bars=sys.stdout.isatty() if bars is None else bars)
    if why is not None and found.why is not None:
        print_why(why, found.why)
    if found.degraded:
        print(f"Not available: {', '.join(found.degraded)}.")


def _print(found: SearchReply, *, bars: bool) -> None:
    if not found.hits:
        print("Nothing was found.")
        return
    columns = ("", "score", "cosine", "bm25", "document", "section", "text")
    print_table(columns, [_row(hit) for hit in found.hits])
    explained = [(hit, hit.explanation) for hit in found.hits if hit.explanation is not None]
    if explained and bars:
        print_bars(found.hits)
    for hit, explanation in explained:
        print_explanation(hit, explanation)


def _row(hit: Hit) -> tuple[object, ...]:
    source = hit.source
    text = source.text if len(source.text) <= SHOWN else source.text[:SHOWN] + "…"
    return (
        f"{source.index}{'' if hit.above_threshold else ' (below)'}",
        source.score,
        source.scores.semantic,
        source.scores.bm25,
        source.filename,
        " > ".join(source.section),
        text,
    )
