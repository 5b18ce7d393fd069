"""`ragtenancy migrate …`: moving a single-tenant installation's data to a client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import counted, print_facts, print_json, visible

if TYPE_CHECKING:
    from ragtenancy.app.migration.namespace_migration import Migrated
    from ragtenancy.app.migration.prompt_migration import MigratedPrompts
    from ragtenancy.library.rag import RagTenancy

MAX_LISTED = 20

commands = typer.Typer(help="Migrate a single-tenant installation.", no_args_is_help=True)
undo = typer.Typer(help="Undo a migration.", no_args_is_help=True)
commands.add_typer(undo, name="undo")
Client = Annotated[str, typer.Option("--client", help="The client's id.")]


@commands.command("prompts")
def prompts(
    file: Annotated[Path, typer.Argument(help="The old prompts.yaml.", exists=True)],
    client: Client,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Apply prompts.yaml to a client, creating the client if necessary; report what is left out."""
    _print_prompts(operate(lambda rag: rag.migrate_prompts(file, client), data_dir), as_json)


@commands.command("namespace")
def namespace(
    client: Annotated[str | None, typer.Option("--client", help="The client's id.")] = None,
    source: Annotated[str, typer.Option("--source", help="The namespace to copy.")] = "__default__",
    into: Annotated[
        str | None, typer.Option("--into", help="Rehearse: copy into this empty namespace instead.")
    ] = None,
    text_key: Annotated[
        str | None, typer.Option("--text-key", help="A further metadata key of the records' texts.")
    ] = None,
    delete_source: Annotated[
        bool, typer.Option("--delete-source", help="Then delete the copied records.")
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Copy a namespace, compare every record, and switch the client to the copy."""
    if (client is None) == (into is None) or (delete_source and client is None):
        raise typer.BadParameter("give either --client, or --into to rehearse")
    if delete_source and typer.prompt("Type the client's id to delete the old records") != client:
        raise typer.Abort

    async def work(rag: RagTenancy) -> tuple[Migrated, int]:
        if client is None:
            return await rag.rehearse_namespace(source, into or "", text_key=text_key), 0
        migrated = await rag.migrate_namespace(client, source, text_key=text_key)
        return migrated, await rag.delete_source(client) if delete_source else 0

    migrated, deleted = operate(work, data_dir)
    _print(migrated, as_json, **({"deleted": deleted} if delete_source else {}))


@undo.command("prompts")
def undo_prompts(client: Client, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Restore the previous configuration, or delete the client that the migration created."""
    _print_prompts(operate(lambda rag: rag.undo_prompts(client), data_dir), as_json)


@undo.command("namespace")
def undo_namespace(
    target: Annotated[str, typer.Argument(help="The namespace that received the copy.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Remove the documents that a migration created, or a rehearsal's copy."""
    _print(operate(lambda rag: rag.undo_namespace(target), data_dir), as_json)


def _print(done: Migrated, as_json: bool, **more: int) -> None:
    from msgspec import structs

    if as_json:
        print_json({**structs.asdict(done), **more})
        return
    facts = {
        "source": done.source,
        "target": done.target,
        "copied": done.copied,
        "compared": done.compared,
        "overlap": done.overlap,
        "documents": done.documents,
        **more,
    }
    print_facts({name: value for name, value in facts.items() if value is not None})
    for line in _remarks(done):
        print(visible(line))


def _remarks(done: Migrated) -> Iterator[str]:
    """Yield a sentence about each thing that the operator should know."""
    left = done.left_out
    if done.unordered:
        yield (
            f"The order of the chunks is not known in {counted(len(done.unordered), 'document')}; "
            f"their passages are not widened: {_listed(done.unordered)}."
        )
    if left.without_text:
        yield (
            f"{counted(left.without_text, 'record')} without a text left out; keys of their "
            f"metadata: {_listed(left.keys) or 'none'}. Name the text's key with --text-key."
        )
    if left.duplicates:
        yield f"{counted(left.duplicates, 'record')} left out that repeat another one."
    if left.of_other_clients:
        yield f"{counted(left.of_other_clients, 'record')} left out that name another client."
    if done.plan_records:
        yield f"Taken over from records of documents: {_listed(done.plan_records)}."
    if done.unused_records:
        yield f"Records of documents without vectors: {_listed(done.unused_records)}."
    if done.differing:
        yield f"Different from their records: {_listed(done.differing)}."


def _listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MAX_LISTED} more"] if len(names) > MAX_LISTED else []
    return ", ".join([*names[:MAX_LISTED], *more])


def _print_prompts(done: MigratedPrompts, as_json: bool) -> None:
    from msgspec import structs

    if as_json:
        print_json(structs.asdict(done))
        return
    facts = {"client_id": done.client_id, "version": done.version, "api_key": done.api_key}
    print_facts({name: value for name, value in facts.items() if value is not None})
    for taken in done.taken:
        print(
            visible(
                f"Taken over: {taken.key} -> {taken.target}{taken.remark and ': '}{taken.remark}"
            )
        )
    for left in done.left_out:
        print(visible(f"Left out: {left.key}: {left.advice}"))
