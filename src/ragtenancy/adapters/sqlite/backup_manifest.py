"""The manifest of a backup, and reading a backup that anybody may have changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import msgspec

from ragtenancy.adapters.sqlite.channel import create_file, sync
from ragtenancy.domain.backups import BackedUpFile, Manifest
from ragtenancy.domain.backups import bad_backup as bad

MANIFEST = "manifest.json"
PIECE = 1 << 20
MAX_MANIFEST_BYTES = 256 << 20
FOLDER_MODE = 0o700
OTHERS_WRITE = 0o022


def listed(folder: Path) -> Sequence[BackedUpFile]:
    """Return every file of a folder, read back from the disk."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [_listed(folder, path) for path in paths]


def _listed(folder: Path, path: Path) -> BackedUpFile:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return BackedUpFile(
        path=path.relative_to(folder).as_posix(), size=size, sha256=digest.hexdigest()
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a backup's manifest durably."""
    path = folder / MANIFEST
    create_file(path)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest.sealed), indent=1))
    sync(path)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup whose list of files agrees with the folder.

    Raises `MalformedError` (bad_backup).
    """
    try:
        with _inside(folder, MANIFEST) as file:
            text = file(MAX_MANIFEST_BYTES)
        manifest = msgspec.json.decode(text, type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise bad("its manifest cannot be read") from error
    manifest.require_sound()
    paths = [each.path for each in manifest.files]
    _require_listed(folder, {MANIFEST, *paths})
    return manifest


def copy_listed(folder: Path, into: Path, files: Sequence[BackedUpFile]) -> None:
    """Copy files of a backup, comparing each with the manifest; no link is followed.

    Raises `MalformedError` (bad_backup).
    """
    for each in files:
        place = into / each.path
        place.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        create_file(place)
        with _inside(folder, each.path) as read, place.open("wb") as file:
            _copy(read, file.write, each)
        sync(place)
    for path in into.rglob("*"):
        if path.is_dir():
            path.chmod(FOLDER_MODE)


def _copy(
    read: Callable[[int], bytes], write: Callable[[bytes], object], each: BackedUpFile
) -> None:
    digest, size = sha256(), 0
    while piece := read(PIECE):
        digest.update(piece)
        size += len(piece)
        if size > each.size:
            break
        write(piece)
    if size != each.size or digest.hexdigest() != each.sha256:
        raise bad(f"{each.path} was changed after the backup was made")


def _require_listed(folder: Path, names: set[str]) -> None:
    """Refuse what others may write, links, and files that are missing or not in the manifest."""
    if folder.stat().st_mode & OTHERS_WRITE:
        raise bad("others than its owner may write to it")
    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    if any(path.is_symlink() or not path.is_file() for path in found):
        raise bad("it holds a link or a special file")
    present = {path.relative_to(folder).as_posix() for path in found}
    if missing := sorted(names - present):
        raise bad(f"{missing[0]} is missing")
    if present - names:
        raise bad("it holds files that its manifest does not name")


@contextmanager
def _inside(folder: Path, path: str) -> Iterator[Callable[[int], bytes]]:
    """Open a file below a folder without following a link at any step; yield its `read`."""
    handles = [os.open(folder, os.O_RDONLY | os.O_DIRECTORY)]
    try:
        *parents, name = path.split("/")
        for parent in parents:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            handles.append(os.open(parent, flags, dir_fd=handles[-1]))
        handles.append(
            os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handles[-1])
        )
        if not stat.S_ISREG(os.fstat(handles[-1]).st_mode):
            raise bad(f"{path} is not a file")
        with os.fdopen(handles.pop(), "rb") as file:
            yield file.read
    finally:
        for handle in reversed(handles):
            os.close(handle)
