"""`ragtenancy key …`: a client's API keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir, KeyOnly
from ragtenancy.cli.output import print_facts, print_json, print_table
from ragtenancy.domain.api_keys import ALL_SCOPES, Scope

if TYPE_CHECKING:
    from ragtenancy.domain.api_keys import ApiKey
    from ragtenancy.library.tenant import TenantHandle

commands = typer.Typer(help="Create, list and revoke a client's keys.", no_args_is_help=True)


@commands.command("create")
def create(
    client: Client,
    label: Annotated[str, typer.Option(help="The purpose of the key.")] = "",
    scope: Annotated[
        list[Scope] | None, typer.Option(help="A scope of the key; repeatable (default: all).")
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="The expiry, in UTC (default: never)."
        ),
    ] = None,
    key_only: KeyOnly = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Create a key and print it; it is never shown again."""
    from ragtenancy.http.views.clients import created_key

    issued = serve_tenant(
        client,
        lambda tenant: tenant.create_api_key(
            label=label,
            scopes=scope or ALL_SCOPES,
            expires_at=expires and expires.replace(tzinfo=UTC),
        ),
        data_dir,
    )
    if as_json:
        print_json(created_key(issued))
        return
    if key_only:
        print(issued.api_key)
        return
    print_facts({"key id": issued.record.key_id, "key": issued.api_key})


@commands.command("list")
def list_(client: Client, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List a client's key records; the keys themselves are never shown again."""
    from ragtenancy.http.views.clients import key

    async def work(tenant: TenantHandle) -> list[ApiKey]:
        return [record async for record in tenant.api_keys()]

    views = [key(record) for record in serve_tenant(client, work, data_dir)]
    if as_json:
        print_json(views)
        return
    print_table(
        ("key id", "label", "scopes", "created", "expires", "revoked"),
        [
            (v.key_id, v.label, " ".join(v.scopes), v.created_at, v.expires_at, v.revoked_at)
            for v in views
        ],
    )


@commands.command("revoke")
def revoke(
    client: Client,
    key_id: Annotated[str, typer.Argument(help="The key's id, from `key list`.")],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Revoke a key at once."""
    serve_tenant(client, lambda tenant: tenant.revoke_api_key(key_id), data_dir)
    if as_json:
        print_json({"key_id": key_id, "revoked": True})
        return
    print(f"{key_id} is revoked.")
