"""A folder looked at again and again: what has settled, what has changed, what is gone."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import NamedTuple

from ragtenancy.cli.ingestion import wanted


class Stamp(NamedTuple):
    """What tells one state of a file from another without reading it."""

    size: int
    modified: int


Seen = Mapping[Path, Stamp]


class Look(NamedTuple):
    """The files that are as they were at the look before, and the known ones gone at both.

    A file that is half-written, or away for a moment, is in neither.
    """

    settled: Seen
    gone: frozenset[Path]


class Folder:
    """Remembers its last two looks; paths are below the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last: Seen = {}
        self._missed: frozenset[Path] = frozenset()

    def look(self, known: frozenset[Path]) -> Look:
        """Return what has settled, and which known files are gone.

        Raises `OSError` when the folder cannot be read. A folder that is empty all at once says
        nothing is gone: more likely its disk is away.
        """
        now = _stamps(self.path)
        settled = {path: stamp for path, stamp in now.items() if self._last.get(path) == stamp}
        missed = known - now.keys() if now else frozenset()
        gone = missed & self._missed
        self._last, self._missed = now, missed
        return Look(settled, gone)

    def holds(self, path: Path) -> bool:
        """Tell whether a file was there at the last look."""
        return path in self._last


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _stamps(folder: Path) -> dict[Path, Stamp]:
    stamps: dict[Path, Stamp] = {}
    next(folder.iterdir(), None)  # rglob hides that a folder cannot be read
    for path in folder.rglob("*"):
        try:
            if wanted(path, folder):
                stat = path.stat()
                stamps[path.relative_to(folder)] = Stamp(stat.st_size, stat.st_mtime_ns)
        except OSError:
            continue  # it vanished between being listed and being looked at
    return stamps
