"""`ragtenancy config …`: a client's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.config_text import read_config, with_changes
from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, ClientId, DataDir
from ragtenancy.cli.output import print_facts, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragtenancy.domain.tenant_config import ConfigVersion
    from ragtenancy.library.tenant import TenantHandle

commands = typer.Typer(help="Show and change a client's configuration.", no_args_is_help=True)


@commands.command("show")
def show(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show the current configuration, its nulls resolved."""
    import msgspec

    from ragtenancy.http.views.clients import effective_config

    view = effective_config(serve_tenant(client_id, lambda tenant: tenant.config(), data_dir))
    if as_json:
        print_json(view)
        return
    sections = msgspec.to_builtins(view)
    print_facts({"version": sections.pop("version")})
    for section, values in sections.items():
        print_facts({f"{section}.{name}": value for name, value in values.items()})


@commands.command("set")
def set_(
    client_id: ClientId,
    changes: Annotated[
        list[str],
        typer.Argument(
            help="A JSON file with the whole configuration, or section.name=value changes.",
            metavar="FILE | SECTION.NAME=VALUE…",
        ),
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Replace the configuration with a file's, or change values of the current one."""
    from ragtenancy.http.views.clients import config_version

    whole = read_config(Path(changes[0])) if _is_file(changes) else None
    version = serve_tenant(client_id, lambda tenant: _put(tenant, whole, changes), data_dir)
    if as_json:
        print_json(config_version(version))
        return
    print(f"{client_id} now has version {version.version} of its configuration.")


def _is_file(changes: list[str]) -> bool:
    return len(changes) == 1 and "=" not in changes[0]


async def _put(
    tenant: TenantHandle, whole: Mapping[str, object] | None, changes: list[str]
) -> ConfigVersion:
    if whole is not None:
        return await tenant.set_config(whole)
    import msgspec

    current = await tenant.config()
    changed = with_changes(msgspec.to_builtins(current.config), changes)
    return await tenant.set_config(changed, expected_version=current.version)
