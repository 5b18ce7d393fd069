"""`ragtenancy setup` and `ragtenancy settings`: setting up and showing an installation."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.installation import settings
from ragtenancy.cli.options import AsJson, DataDir
from ragtenancy.cli.output import print_facts, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragtenancy.settings import Settings


class Language(StrEnum):
    """The language of a template."""

    BICEP = "bicep"
    ARM = "arm"


def setup(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the steps without performing them.")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Also change what exists but differs.")
    ] = False,
    template: Annotated[
        Language | None,
        typer.Option(
            help="Print a template of the backends' resources in Azure; nothing is created."
        ),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="In a template: also a deployment on Container Apps."),
    ] = False,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Create what the backends lack: data folder, database, containers, index, key records."""
    if template is not None:
        print(_written(template, settings(data_dir), complete=complete), end="")
        return
    from ragtenancy.library.rag import set_up
    from ragtenancy.telemetry import configure_logging

    configure_logging("warning", "console")
    lines = asyncio.run(
        set_up(settings(data_dir), dry_run=dry_run, apply=apply, say=partial(typer.echo, err=True))
    )
    if as_json:
        print_json({"dry_run": dry_run, "steps": lines})
        return
    print("\n".join(_planned(line) if dry_run else line for line in lines) or "nothing to do")


def _written(language: Language, settings: Settings, *, complete: bool) -> str:
    from ragtenancy.composition.azure_bicep import bicep
    from ragtenancy.composition.azure_deployment import azure_template
    from ragtenancy.composition.azure_json import arm_json

    made = azure_template(settings, complete=complete)
    return bicep(made) if language is Language.BICEP else arm_json(made)


def _planned(line: str) -> str:
    return line if line.startswith("note: ") else f"would {line}"


def show(as_json: AsJson = False, data_dir: DataDir = None) -> None:
    """Print each port's backend, and the settings that differ from their defaults."""
    import msgspec

    from ragtenancy.composition.models import names

    chosen = settings(data_dir)
    backends = msgspec.to_builtins(chosen.backends)
    changed = _changed(chosen)
    if as_json:
        print_json({"backends": backends, "settings": changed})
        return
    print_facts(backends | names(chosen))
    if changed:
        print()
        print_facts(changed)


def _changed(settings: Settings) -> Mapping[str, str]:
    from ragtenancy.settings.catalogue import catalogue

    found: dict[str, str] = {}
    for group in catalogue():
        section = settings if group.section is None else settings.section(group.section)
        for variable in group.variables:
            value = getattr(section, variable.field)
            if value and str(value) != variable.default:
                found[variable.name] = "***" if variable.secret else str(value)
    return found
