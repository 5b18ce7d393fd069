"""`ragtenancy reindex`: making documents again, by another embedding model or other readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import counted, print_json, visible

if TYPE_CHECKING:
    from pathlib import Path

    from ragtenancy.cli.progress import Bar
    from ragtenancy.domain.reindexing import Reindexed, ReindexProgress, Reparsed
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.library.tenant import TenantHandle

Made = TypeVar("Made")
STOPPED = 130


def reindex(
    client_ids: Annotated[
        list[str] | None, typer.Argument(help="The clients' ids.", metavar="CLIENT_ID...")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every client.")] = False,
    reparse: Annotated[
        bool,
        typer.Option(
            "--reparse", help="Read the originals again by the present readers and settings."
        ),
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Embed clients' documents with their configured embedder, then switch each client at once.

    Until the switch, searches use the previous embedder. Run it again after an interruption; no
    text is embedded twice. A client that fails does not keep the others from being done.

    With --reparse, the embedder stays the same: each document whose original was read by earlier
    readers or settings is read again, and answers from its former version until the new one is
    complete.
    """
    if bool(client_ids) is every:
        raise typer.BadParameter("Name clients, or give --all.")
    if reparse:
        _each(client_ids, _reparsed, _report, data_dir, as_json=as_json)
    else:
        _each(client_ids, _moved, _sentence, data_dir, as_json=as_json)


def _each(
    client_ids: list[str] | None,
    make: Callable[[TenantHandle, Bar], Awaitable[Made]],
    report: Callable[[Made], str],
    data_dir: Path | None,
    *,
    as_json: bool,
) -> None:
    """Work on one client after another; report those that were done, whatever ends the program."""
    from ragtenancy.cli.progress import progress_bars
    from ragtenancy.domain.errors import RagTenancyError, StateLostError

    done: dict[str, Made] = {}
    failed: dict[str, str] = {}

    async def work(rag: RagTenancy) -> None:
        chosen = client_ids or [tenant.tenant_id async for tenant in rag.tenants()]
        with progress_bars(shown=not as_json) as bars:
            for client_id in chosen:
                try:
                    done[client_id] = await make(rag.tenant(client_id), bars(client_id))
                except StateLostError:
                    raise
                except RagTenancyError as error:
                    failed[client_id] = error.detail

    try:
        operate(work, data_dir)
    except KeyboardInterrupt:
        _print(done, report, as_json=as_json)
        typer.echo("ragtenancy: stopped; run it again to continue.", err=True)
        raise typer.Exit(STOPPED) from None
    _print(done, report, as_json=as_json)
    for client_id, detail in failed.items():
        typer.echo(f"ragtenancy: {client_id}: {detail}", err=True)
    if failed:
        raise typer.Exit(1)


def _print(done: dict[str, Made], report: Callable[[Made], str], *, as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    for client_id, result in done.items():
        print(f"{client_id}: {report(result)}")


async def _moved(tenant: TenantHandle, bar: Bar) -> Reindexed:
    return await tenant.reindex(_moving(bar))


async def _reparsed(tenant: TenantHandle, bar: Bar) -> Sequence[Reparsed]:
    def move(done: int, total: int) -> None:
        bar(done / total if total else 1.0, f"{done}/{total} documents")

    return await tenant.reparse(move)


def _report(documents: Sequence[Reparsed]) -> str:
    """Return a summary, then a line for each document that is not as before."""
    if not documents:
        return "every document was already read by the present readers."
    outcomes = Counter(each.outcome for each in documents)
    summary = ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
    lines = [f"{counted(len(documents), 'document')} read again: {summary}."]
    lines += [
        f"  {visible(each.filename)} ({each.document_id}): {_change(each)}"
        for each in documents
        if each.outcome != "unchanged"
    ]
    return "\n".join(lines)


def _change(document: Reparsed) -> str:
    match document.outcome:
        case "changed":
            made = f"{counted(document.chunks, 'chunk')}, {document.chunks_before} before"
            return f"{made}; {document.new} with new text."
        case "kept":
            return f"kept as it was: {document.detail} ({document.code})"
        case _:
            return "overtaken by a newer upload, a deletion or another run."


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
