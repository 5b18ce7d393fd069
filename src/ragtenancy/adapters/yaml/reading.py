"""Decoding a YAML file into a Struct."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from ragtenancy.domain.bounds import malformed
from ragtenancy.domain.errors import ConfigurationError, MalformedError

MAX_BYTES = 4_000_000
Kind = TypeVar("Kind")


def read_yaml(path: Path, kind: type[Kind]) -> Kind:
    """Return the content of a file of up to 4 MB.

    Raises `MalformedError`, naming the file and the place in it, if it is not YAML or not of this
    kind, and `ConfigurationError` if PyYAML is not installed.
    """
    text = _text(path)
    try:
        return msgspec.yaml.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise MalformedError(f"{path.name}: {malformed(error).detail}") from error
    except msgspec.DecodeError as error:
        raise MalformedError(f"{path.name}: {_first_line(error)}.") from error
    except ImportError as error:
        raise ConfigurationError("Reading YAML needs the extra `ragtenancy[cloud]`.") from error


def _text(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MalformedError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(text) > MAX_BYTES:
        raise MalformedError(f"{path.name} is larger than {MAX_BYTES} bytes.")
    return text


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")
