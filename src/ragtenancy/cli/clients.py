"""`ragtenancy client …`: the installation's clients."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.config_text import read_config
from ragtenancy.cli.installation import operate
from ragtenancy.cli.options import AsJson, ClientId, DataDir, KeyOnly
from ragtenancy.cli.output import print_facts, print_json, print_table
from ragtenancy.domain.usage import UsageBy

if TYPE_CHECKING:
    from ragtenancy.app.tenants.tenants import CreatedTenant
    from ragtenancy.app.usage.reports import UsageReport
    from ragtenancy.domain.tenants import Tenant
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.wire.clients import Client

DAY = "%Y-%m-%d"
commands = typer.Typer(help="Create, list, suspend and delete clients.", no_args_is_help=True)


@commands.command("create")
def create(
    client_id: ClientId,
    name: Annotated[str | None, typer.Option(help="The display name (default: the id).")] = None,
    config: Annotated[
        Path | None, typer.Option(help="A JSON file with its configuration.", exists=True)
    ] = None,
    namespace: Annotated[str | None, typer.Option(help="Its namespace (default: the id).")] = None,
    key_only: KeyOnly = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Create a client and print its first key, which is never shown again."""
    given = read_config(config) if config else None
    created = operate(
        lambda rag: rag.create_tenant(client_id, name=name, config=given, namespace=namespace),
        data_dir,
        creates=True,
    )
    _print_created(created, key_only=key_only, as_json=as_json)


@commands.command("list")
def list_(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the clients."""

    async def work(rag: RagTenancy) -> list[Client]:
        return [_view(tenant) async for tenant in rag.tenants()]

    found = operate(work, data_dir)
    if as_json:
        print_json(found)
        return
    rows = [(each.client_id, each.name, each.status, each.created_at) for each in found]
    print_table(("client", "name", "status", "created"), rows)


@commands.command("show")
def show(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show a client's record and usage."""

    async def work(rag: RagTenancy) -> dict[str, object]:
        tenant = await rag.get_tenant(client_id)
        facts: dict[str, object] = dict(_facts(tenant))
        if tenant.status == "active":
            facts["usage"] = (await rag.tenant(client_id).view()).usage
        return facts

    facts = operate(work, data_dir)
    if as_json:
        print_json(facts)
        return
    import msgspec

    print_facts(facts | msgspec.to_builtins(facts.pop("usage", {})))


@commands.command("usage")
def usage(
    client_id: ClientId,
    by: Annotated[UsageBy, typer.Option(help="What a line stands for.")] = UsageBy.DAY,
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=[DAY], help="The first day (UTC; default: of the month)."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=[DAY], help="The last day (default: today).")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show what a client used, by day, key or model, with its price."""
    from ragtenancy.http.views import usage as view

    days = {name: each and each.date() for name, each in (("first", first), ("last", last))}
    found = operate(lambda rag: rag.usage(client_id, by=by.value, **days), data_dir)
    if as_csv:
        sys.stdout.write(view.as_csv(found))
    elif as_json:
        print_json(view.report(found))
    else:
        print_table(*_usage_table(found))


@commands.command("suspend")
def suspend(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Suspend a client: its keys are rejected until it is resumed."""
    _print(operate(lambda rag: rag.suspend_tenant(client_id), data_dir), as_json=as_json)


@commands.command("resume")
def resume(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Resume a suspended client."""
    _print(operate(lambda rag: rag.resume_tenant(client_id), data_dir), as_json=as_json)


@commands.command("delete")
def delete(
    client_id: ClientId,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a client with all its data and print the receipt."""
    from ragtenancy.http.views.clients import deletion

    if not yes:
        typer.confirm(f"Delete {client_id} with all its documents and sessions?", abort=True)
    receipt = deletion(operate(lambda rag: rag.delete_tenant(client_id), data_dir))
    if as_json:
        print_json(receipt)
        return
    print_facts(
        {
            "deletion": receipt.deletion_id,
            "verified": "yes" if receipt.verified else "not yet; it is resumed automatically",
            **{f"removed {store}": count for store, count in receipt.removed.items()},
        }
    )


@commands.command("export")
def export(
    client_id: ClientId,
    file: Annotated[Path, typer.Argument(help="The bundle to write.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Export a client's documents, vectors, configurations and sessions to a bundle."""
    from msgspec import structs

    facts = structs.asdict(operate(lambda rag: rag.export_tenant(client_id, file), data_dir))
    if as_json:
        print_json(facts)
        return
    print_facts(facts)


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The bundle to read.", exists=True)],
    client_id: Annotated[
        str | None, typer.Option("--as", help="The new client's id (default: the bundle's).")
    ] = None,
    key_only: KeyOnly = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Create a client from a bundle and print its first key, which is never shown again."""
    created = operate(lambda rag: rag.import_tenant(file, tenant_id=client_id), data_dir)
    for warning in created.warnings:
        print(f"ragtenancy: {warning}", file=sys.stderr)
    _print_created(created, key_only=key_only, as_json=as_json)


def _usage_table(found: UsageReport) -> tuple[Sequence[str], list[Sequence[object]]]:
    from msgspec import structs

    price = f"price {found.currency}" if found.currency else "price"
    columns = (found.by.value, "questions", "searches", "uploads", "tokens in", "tokens out",
               "embedded", "documents", "chunks", price)  # fmt: skip
    lines = [*found.lines, structs.replace(found.total, name="total")]
    return columns, [
        (
            each.name or "-",
            each.counts.questions,
            each.counts.searches,
            each.counts.uploads,
            each.counts.prompt_tokens,
            each.counts.completion_tokens,
            each.counts.embedding_tokens,
            each.counts.documents,
            each.counts.chunks,
            each.price,
        )
        for each in lines
    ]


def _print_created(created: CreatedTenant, *, key_only: bool, as_json: bool) -> None:
    from ragtenancy.http.views.clients import created_client

    if as_json:
        print_json(created_client(created))
    elif key_only:
        print(created.api_key)
    else:
        print_facts({"client": created.tenant.tenant_id, "key": created.api_key})


def _print(tenant: Tenant, *, as_json: bool) -> None:
    if as_json:
        print_json(_view(tenant))
        return
    print(f"{tenant.tenant_id} is {tenant.status}.")


def _view(tenant: Tenant) -> Client:
    from ragtenancy.http.views.clients import client

    return client(tenant)


def _facts(tenant: Tenant) -> dict[str, object]:
    from msgspec import structs

    return structs.asdict(_view(tenant))
