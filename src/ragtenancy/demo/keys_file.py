"""The demo's keys, in a file readable only by its owner."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

FILENAME = "demo-keys.json"


def read_keys(data_dir: Path) -> dict[str, str]:
    """Return the demo's keys by client id; none without a readable file."""
    try:
        return msgspec.json.decode((data_dir / FILENAME).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def write_keys(data_dir: Path, keys: Mapping[str, str]) -> None:
    """Save the keys atomically, readable only by their owner."""
    partial = data_dir / f"{FILENAME}.{os.getpid()}"
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(keys), indent=2) + b"\n")
    partial.replace(data_dir / FILENAME)
