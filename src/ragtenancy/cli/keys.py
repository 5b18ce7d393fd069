"""`ragtenancy key …`: a client's API keys."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir, KeyOnly
from ragtenancy.cli.output import print_facts, print_json, print_table
from ragtenancy.domain.api_keys import ALL_SCOPES, Scope

if TYPE_CHECKING:
    from ragtenancy.domain.api_keys import ApiKey
    from ragtenancy.library.tenant import TenantHandle

UNITS = {
    "": timedelta(seconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
commands = typer.Typer(
    help="Create, list, rotate and revoke a client's keys.", no_args_is_help=True
)


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
        ("key id", "label", "scopes", "created", "expires", "revoked", "last used"),
        [
            (
                *(v.key_id, v.label, " ".join(v.scopes)),
                *(v.created_at, v.expires_at, v.revoked_at, v.last_used),
            )
            for v in views
        ],
    )


@commands.command("rotate")
def rotate(
    client: Client,
    key_id: Annotated[str, typer.Argument(help="The key's id, from `key list`.")],
    overlap: Annotated[
        str, typer.Option(help="How long the old key stays valid: 30m, 24h, 7d; 0 revokes it.")
    ] = "24h",
    key_only: KeyOnly = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Replace a key by a successor and print that; it is never shown again."""
    from ragtenancy.http.views.clients import created_key

    length = _duration(overlap)
    issued = serve_tenant(
        client, lambda tenant: tenant.rotate_api_key(key_id, overlap=length), data_dir
    )
    if as_json:
        print_json(created_key(issued))
        return
    if key_only:
        print(issued.api_key)
        return
    ends = f"valid for another {overlap}" if length else "revoked"
    print_facts(
        {"key id": issued.record.key_id, "key": issued.api_key, "old key": f"{key_id}, {ends}"}
    )


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,7})([smhd]?)", text)
    if found is None or (text != "0" and not found[2]):
        raise typer.BadParameter("give the overlap as 30m, 24h or 7d, or 0.")
    return int(found[1]) * UNITS[found[2]]


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
