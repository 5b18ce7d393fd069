"""Reading the operator's files of clients."""

from __future__ import annotations

from pathlib import Path

from ragtenancy.domain.plan_prompts import PlanPrompts, read_plan_prompts
from ragtenancy.wire.client_files import ClientsFile


def read_prompts(path: Path) -> PlanPrompts:
    """Return what `prompts.yaml` means. Raises `MalformedError` if it cannot be read as YAML."""
    from ragtenancy.adapters.yaml.reading import read_yaml

    return read_plan_prompts(read_yaml(path, object))


def read_clients(path: Path) -> ClientsFile:
    """Return the contents of `clients.yaml`. Raises `MalformedError`."""
    from ragtenancy.adapters.yaml.reading import read_yaml

    return read_yaml(path, ClientsFile)
