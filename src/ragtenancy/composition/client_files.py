"""Reading the operator's files of clients."""

from __future__ import annotations

from pathlib import Path

from ragtenancy.wire.client_files import ClientsFile, PromptsFile


def read_prompts(path: Path) -> PromptsFile:
    """Return the contents of `prompts.yaml`. Raises `MalformedError`."""
    from ragtenancy.adapters.yaml.reading import read_yaml

    return read_yaml(path, PromptsFile)


def read_clients(path: Path) -> ClientsFile:
    """Return the contents of `clients.yaml`. Raises `MalformedError`."""
    from ragtenancy.adapters.yaml.reading import read_yaml

    return read_yaml(path, ClientsFile)
