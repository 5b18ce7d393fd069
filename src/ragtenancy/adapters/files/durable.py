"""Files that are whole and synced, or not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

FILE_MODE = 0o600


def created(path: Path) -> IO[bytes]:
    """Return a new file that its owner alone can read, open for writing."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb")


def put_in_place(written: Path, place: Path) -> None:
    """Rename a synced file to its place, replacing what is there, durably."""
    written.rename(place)
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
