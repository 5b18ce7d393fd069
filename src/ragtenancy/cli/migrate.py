"""`ragtenancy migrate …`: moving a single-tenant installation's data to a client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_facts, print_json

if TYPE_CHECKING:
    from msgspec import Struct

    from ragtenancy.app.migration.namespace_migration import Migrated
    from ragtenancy.library.rag import RagTenancy

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
    """Apply prompts.yaml to a client, creating the client if necessary."""
    _print(operate(lambda rag: rag.migrate_prompts(file, client), data_dir), as_json=as_json)


@commands.command("namespace")
def namespace(
    client: Annotated[str | None, typer.Option("--client", help="The client's id.")] = None,
    source: Annotated[str, typer.Option("--source", help="The namespace to copy.")] = "__default__",
    into: Annotated[
        str | None, typer.Option("--into", help="Rehearse: copy into this namespace instead.")
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
            return await rag.rehearse_namespace(source, into or ""), 0
        migrated = await rag.migrate_namespace(client, source)
        return migrated, await rag.delete_source(client) if delete_source else 0

    migrated, deleted = operate(work, data_dir)
    _print(migrated, as_json=as_json, **({"deleted": deleted} if delete_source else {}))


@undo.command("prompts")
def undo_prompts(client: Client, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Restore the previous configuration, or delete the client that the migration created."""
    _print(operate(lambda rag: rag.undo_prompts(client), data_dir), as_json=as_json)


@undo.command("namespace")
def undo_namespace(
    target: Annotated[str, typer.Argument(help="The namespace that received the copy.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Remove the documents that a migration created, or a rehearsal's copy."""
    _print(operate(lambda rag: rag.undo_namespace(target), data_dir), as_json=as_json)


def _print(done: Struct, *, as_json: bool, **more: object) -> None:
    from msgspec import structs

    facts = {**structs.asdict(done), **more}
    if as_json:
        print_json(facts)
        return
    print_facts({name: value for name, value in facts.items() if value is not None})
