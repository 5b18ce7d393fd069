"""Configurations from the command line: a JSON file, or `section.name=value`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer


def read_config(path: Path) -> Mapping[str, object]:
    """Return the JSON object in a file. Raises `typer.BadParameter` for anything else."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise typer.BadParameter(f"{path} is not JSON.") from None
    if not isinstance(value, dict):
        raise typer.BadParameter(f"{path} does not contain a JSON object.")
    return value


def with_changes(
    config: Mapping[str, Mapping[str, object]], changes: Sequence[str]
) -> dict[str, dict[str, object]]:
    """Return a configuration with `section.name=value` applied; values are JSON or plain text."""
    changed = {section: dict(values) for section, values in config.items()}
    for change in changes:
        place, equals, text = change.partition("=")
        section, dot, name = place.strip().partition(".")
        if not (equals and dot and section and name):
            raise typer.BadParameter(f'"{change}" does not have the form section.name=value.')
        changed.setdefault(section, {})[name] = _value(text)
    return changed


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
