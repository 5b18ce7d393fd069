"""Peppers and the operator's key, in files that only their owner can read."""

from __future__ import annotations

import asyncio
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from uuid import uuid4

import msgspec
import structlog

from ragtenancy.adapters.files.durable import (
    FILE_MODE,
    created,
    put_in_place,
    sync_folder,
    translated,
)
from ragtenancy.domain.api_keys import Pepper
from ragtenancy.domain.errors import ConfigurationError, StateLostError
from ragtenancy.ports.api_keys import PepperStore

PEPPER_BYTES = 32
FIRST = 1
FOLDER_MODE = 0o700

Stamp = tuple[int, int, int]


class FilePepperStore(PepperStore):
    """JSON of version to base64, read again when the file changes.

    No version is ever removed or changed. Adding one replaces the file as a whole.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: Stamp | None = None
        self._peppers: Mapping[int, Pepper] = {}

    @property
    def place(self) -> str:
        return str(self._path)

    async def current(self) -> Pepper | None:
        peppers = await self._read()
        return peppers[max(peppers)] if peppers else None

    async def make_first(self) -> Pepper:
        await asyncio.to_thread(self._make)
        return (await self._read())[FIRST]

    async def make_next(self) -> Pepper:
        version = await asyncio.to_thread(self._add)
        return (await self._read())[version]

    async def get(self, version: int) -> Pepper | None:
        return (await self._read()).get(version)

    async def _read(self) -> Mapping[int, Pepper]:
        """Return the peppers; only check the file's stamp while it is unchanged."""
        with translated():
            stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._peppers = await asyncio.to_thread(self._load)
            self._stamp = stamp
        return self._peppers

    def _load(self) -> Mapping[int, Pepper]:
        with translated():
            try:
                written = self._path.read_bytes()
            except FileNotFoundError:
                return {}
        try:
            texts = msgspec.json.decode(written, type=dict[int, str])
            peppers = {v: Pepper(version=v, secret=_secret(text)) for v, text in texts.items()}
        except (msgspec.MsgspecError, ValueError) as error:
            raise self._damaged() from error
        if not peppers:
            raise self._damaged()
        return peppers

    def _damaged(self) -> StateLostError:
        return StateLostError(
            "The pepper is damaged; restore it from a backup.", self.place, code="storage_corrupt"
        )

    def _add(self) -> int:
        """Add a version under a lock that excludes other processes; return its number."""
        with translated(), _locked(self._path.with_name(f"{self._path.name}.lock")):
            texts = {v: b64encode(p.secret).decode() for v, p in self._load().items()}
            version = max(texts, default=0) + 1
            built = self._path.with_name(f"{self._path.name}.{uuid4().hex}")
            try:
                _write(
                    built, {**texts, version: b64encode(secrets.token_bytes(PEPPER_BYTES)).decode()}
                )
                put_in_place(built, self._path)
            finally:
                built.unlink(missing_ok=True)
        return version

    def _make(self) -> None:
        """Write the first pepper atomically, unless another process was first."""
        with translated():
            self._path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            built = self._path.with_name(f"{self._path.name}.{uuid4().hex}")
            try:
                _write(built, {FIRST: b64encode(secrets.token_bytes(PEPPER_BYTES)).decode()})
                with suppress(FileExistsError):
                    self._path.hardlink_to(built)
            finally:
                built.unlink(missing_ok=True)
            sync_folder(self._path.parent)


def _secret(text: str) -> bytes:
    secret = b64decode(text, validate=True)
    if len(secret) < PEPPER_BYTES:
        raise ValueError("a pepper needs at least 32 bytes")
    return secret


def _write(path: Path, texts: Mapping[int, str]) -> None:
    with created(path) as file:
        file.write(msgspec.json.encode(texts))
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, FILE_MODE)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)


def _stamp(path: Path) -> Stamp | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


log = structlog.get_logger(__name__)

MIN_KEY_BYTES = 32


def kept_admin_key(path: Path, make: Callable[[], str]) -> str:
    """Return the key in the file, creating it if absent; concurrent processes agree on one.

    Raises `ConfigurationError` for a file without a key, which is never replaced.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log.info("operator_key_made", store=path.name)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(make() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    key = path.read_bytes().strip()
    if len(key) < MIN_KEY_BYTES or not key.isascii():
        raise ConfigurationError(
            f"{path}: The operator's key is damaged; restore it, or delete the file to get a new key."
        )
    return key.decode()
