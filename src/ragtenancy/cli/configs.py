"""`ragtenancy config …`: a client's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.config_text import read_config, with_changes
from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, ClientId, DataDir
from ragtenancy.cli.output import print_facts, print_json, print_table, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragtenancy.app.chat.previews import Preview
    from ragtenancy.domain.tenant_config import ConfigVersion, TenantConfig
    from ragtenancy.library.tenant import TenantHandle

commands = typer.Typer(help="Show and change a client's configuration.", no_args_is_help=True)
Version = Annotated[int, typer.Argument(help="A version, from `config versions`.")]


@commands.command("show")
def show(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Show the current configuration, with defaults in place of nulls."""
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


@commands.command("preview")
def preview(
    client_id: ClientId,
    question: Annotated[str, typer.Argument(help="The question.")],
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            help="A JSON file with the whole configuration, or section.name=value changes.",
            metavar="[FILE | SECTION.NAME=VALUE…]",
        ),
    ] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Answer a question under a changed configuration, without saving it; --json shows the prompt."""
    from ragtenancy.cli.ask import print_sources
    from ragtenancy.http.views.chat import preview as view

    changes = changes or []
    whole = read_config(Path(changes[0])) if _is_file(changes) else None

    async def work(tenant: TenantHandle) -> Preview:
        current = _sections((await tenant.config()).config)
        wanted = with_changes(current, changes) if whole is None else whole
        return await tenant.preview_config(wanted, question)

    found = serve_tenant(client_id, work, data_dir)
    if as_json:
        print_json(view(found))
        return
    print(visible(found.answer))
    print_sources(found.passages)


@commands.command("versions")
def versions(client_id: ClientId, as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """List the configuration's versions, newest first, and who made each."""
    from ragtenancy.http.views.clients import config_version

    views = [config_version(version) for version in _versions(client_id, data_dir)]
    if as_json:
        print_json(views)
        return
    rows = [(str(v.version), v.created_at, v.created_by) for v in views]
    print_table(("version", "created", "by"), rows)


@commands.command("diff")
def diff(
    client_id: ClientId,
    older: Annotated[
        int | None, typer.Argument(help="Default: the version before the newer one.")
    ] = None,
    newer: Annotated[int | None, typer.Argument(help="Default: the current version.")] = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Show what changed between two versions."""
    found = {version.version: version for version in _versions(client_id, data_dir)}
    last = max(found) if newer is None else newer
    first = last - 1 if older is None else older
    changes = _changes(_values(found, first), _values(found, last))
    if as_json:
        print_json({name: {"old": old, "new": new} for name, (old, new) in changes.items()})
        return
    if not changes:
        print(f"Versions {first} and {last} are equal.")
    print_facts({name: f"{_shown(old)} -> {_shown(new)}" for name, (old, new) in changes.items()})


@commands.command("rollback")
def rollback(
    client_id: ClientId, version: Version, as_json: AsJson = False, data_dir: DataDir = None
) -> None:
    """Restore an old version's configuration as a new version."""
    from ragtenancy.http.views.clients import config_version

    made = serve_tenant(client_id, lambda tenant: tenant.rollback_config(version), data_dir)
    if as_json:
        print_json(config_version(made))
        return
    print(f"{client_id} now has version {made.version}, equal to version {version}.")


def _versions(client_id: str, data_dir: Path | None) -> Sequence[ConfigVersion]:
    async def work(tenant: TenantHandle) -> list[ConfigVersion]:
        return [version async for version in tenant.config_versions()]

    return serve_tenant(client_id, work, data_dir)


def _values(found: Mapping[int, ConfigVersion], version: int) -> Mapping[str, object]:
    """Return a version's values by `section.name`."""
    import msgspec

    if version not in found:
        raise typer.BadParameter(f"There is no version {version}.")
    sections = msgspec.to_builtins(found[version].config)
    return {
        f"{section}.{name}": value
        for section, values in sections.items()
        for name, value in values.items()
    }


def _changes(
    old: Mapping[str, object], new: Mapping[str, object]
) -> Mapping[str, tuple[object, object]]:
    names = sorted(old.keys() | new.keys())
    pairs = {name: (old.get(name), new.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _shown(value: object) -> str:
    import msgspec

    return visible(msgspec.json.encode(value).decode())


def _sections(config: TenantConfig) -> Mapping[str, Mapping[str, object]]:
    import msgspec

    sections: Mapping[str, Mapping[str, object]] = msgspec.to_builtins(config)
    return sections


def _is_file(changes: list[str]) -> bool:
    return len(changes) == 1 and "=" not in changes[0]


async def _put(
    tenant: TenantHandle, whole: Mapping[str, object] | None, changes: list[str]
) -> ConfigVersion:
    if whole is not None:
        return await tenant.set_config(whole)
    current = await tenant.config()
    changed = with_changes(_sections(current.config), changes)
    return await tenant.set_config(changed, expected_version=current.version)
