"""`ragtenancy search`: the best passages for a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir, TopK
from ragtenancy.cli.output import print_facts, print_json, print_table

if TYPE_CHECKING:
    from ragtenancy.domain.explain import Explanation, Hit

SHOWN = 160


def search(
    client: Client,
    query: Annotated[str, typer.Argument(help="The question.")],
    top_k: TopK = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what each score is made of.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Search a client's documents; the threshold marks hits and drops none."""
    found = serve_tenant(
        client, lambda tenant: tenant.search(query, top_k=top_k, explain=explain), data_dir
    )
    if as_json:
        from ragtenancy.domain.ids import TenantId
        from ragtenancy.http.views.search import reply

        print_json(reply(found, TenantId(client)))
        return
    if not found.hits:
        print("Nothing was found.")
        return
    columns = ("", "score", "cosine", "bm25", "document", "section", "text")
    print_table(columns, [_row(hit) for hit in found.hits])
    for hit in found.hits:
        if hit.explanation is not None:
            _explain(hit.source.index, hit.explanation)
    if found.degraded:
        print(f"Not available: {', '.join(found.degraded)}.")


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


def _explain(index: int, explanation: Explanation) -> None:
    print(f"\n{index}. ranks: semantic {explanation.semantic_rank}, bm25 {explanation.bm25_rank}")
    print_facts(
        {
            "weights": f"{explanation.semantic_weight} semantic, {explanation.bm25_weight} bm25",
            "threshold": explanation.similarity_threshold,
            "best bm25": explanation.best_bm25,
            "versions": f"config {explanation.config_version}, index {explanation.index_version}",
        }
    )
    rows = [
        (term.term, term.frequency, term.document_frequency, term.idf, term.contribution)
        for term in explanation.terms
    ]
    if rows:
        print_table(("term", "in chunk", "in chunks", "idf", "adds"), rows)
