"""Polling a folder for files that have settled, changed or disappeared."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from ragtenancy.cli.ingestion import wanted


class Stamp(NamedTuple):
    """A file's state, comparable without reading the file."""

    size: int
    modified: int


Seen = Mapping[Path, Stamp]


class Look(NamedTuple):
    """The files unchanged since the previous look, and the known files missing from both looks.

    A half-written file, or one missing for only a moment, is in neither.
    """

    settled: Seen
    gone: frozenset[Path]


class Folder:
    """A folder with its last two looks; paths are relative to the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: Seen = {}
        self._missed: frozenset[Path] = frozenset()

    def look(self, known: frozenset[Path]) -> Look:
        """Return the settled files, and the known files that are gone.

        Raises `OSError` if the folder cannot be read. If the folder is suddenly empty, no file
        counts as gone: its disk is probably not mounted.
        """
        now = _stamps(self.path)
        settled = {path: stamp for path, stamp in now.items() if self._last.get(path) == stamp}
        missed = known - now.keys() if now else frozenset()
        gone = missed & self._missed
        self._last, self._missed = now, missed
        return Look(settled, gone)

    def holds(self, path: Path) -> bool:
        """Return whether a file existed at the last look."""
        return path in self._last


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _stamps(folder: Path) -> dict[Path, Stamp]:
    stamps: dict[Path, Stamp] = {}
    next(folder.iterdir(), None)  # raises if the folder is unreadable; rglob would hide that
    for path in folder.rglob("*"):
        try:
            if wanted(path, folder):
                stat = path.stat()
                stamps[path.relative_to(folder)] = Stamp(stat.st_size, stat.st_mtime_ns)
        except OSError:
            continue  # it vanished between listing and stat
    return stamps
