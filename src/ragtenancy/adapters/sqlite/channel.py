"""One connection to one file, used by one thread at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

import apsw

from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.lru_cache import LruCache

BUSY_MILLISECONDS = 5_000
FILE_MODE = 0o600
CHECKPOINT_PAGES = 1_000  # SQLite's own default
MAX_KEPT = 4_096  # results
NEVER = -1

Prepare = Callable[[apsw.Connection], None]
Reply = TypeVar("Reply")
Work = Callable[[apsw.Connection], Reply]


class NotAtHandError(Exception):
    """The file is closed, in use, or would block; never leaves this package."""


class Channel:
    """Opens its file on first use, and again when it is replaced by another.

    `prepare` gets each new connection first; `absent` makes the error for a missing file. SQLite
    never creates one, so that a deleted file stays deleted.
    """

    def __init__(self, path: Path, prepare: Prepare, absent: Callable[[], Exception]) -> None:
        self._path = str(path)
        self._prepare = prepare
        self._absent = absent
        self._lock = Lock()
        self._connection: apsw.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._durable = True
        self._kept: LruCache[Hashable, object] = LruCache(MAX_KEPT)
        self._kept_version = NEVER

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, so that `write_now` need not open one."""
        return self._connection is not None

    def open(self) -> None:
        """Open the connection, unless it is."""
        with self._lock, translated(self._current):
            self._opened()

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Provide the connection within one read transaction."""
        with (
            self._lock,
            translated(self._current),
            transaction(self._opened(), "BEGIN") as connection,
        ):
            yield connection

    def read_now(self, work: Work[Reply]) -> Reply:
        """Return the result of `work` without blocking. Raises `NotAtHandError`."""
        if self._connection is None or not self._lock.acquire(blocking=False):
            raise NotAtHandError
        try:
            with translated(self._current), impatient(self._opened(), "BEGIN") as connection:
                return work(connection)
        finally:
            self._lock.release()

    def read_kept(self, key: Hashable, work: Work[Reply]) -> Reply:
        """Return the immutable result of `work`, kept by `key` until a commit to the file.

        Never blocks. Raises `NotAtHandError`. `key` names the query and its values.
        """
        if self._connection is None or not self._lock.acquire(blocking=False):
            raise NotAtHandError
        try:
            with translated(self._current):
                connection = self._opened()
                version = connection.execute("PRAGMA data_version").get
                if version != self._kept_version:  # another connection committed
                    self._kept, self._kept_version = LruCache(MAX_KEPT), version
                return cast("Reply", self._kept.get(key, lambda: _read(connection, work)))
        finally:
            self._lock.release()

    def write_now(self, work: Work[Reply]) -> Reply:
        """Return the result of `work`, unsynced, without blocking. Raises `NotAtHandError`.

        The checkpoint, which syncs, is left to the next writer.
        """
        if self._connection is None or not self._lock.acquire(blocking=False):
            raise NotAtHandError
        try:
            with translated(self._current):
                connection = self._opened()
                self._set_durable(connection, durable=False)
                try:
                    with unsynced(connection), impatient(connection, "BEGIN IMMEDIATE"):
                        return work(connection)
                except apsw.ReadOnlyError:
                    self._close()
                    raise
        finally:
            self._lock.release()

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[apsw.Connection]:
        """Provide the connection within one atomic write transaction.

        Unsynced writes survive the process, but may be lost if the machine crashes.
        """
        with self._lock, translated(self._current):
            connection = self._opened()
            self._set_durable(connection, durable=durable)
            try:
                with transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection
            except apsw.ReadOnlyError:
                self._close()  # it stays read-only, even once the file is writable
                raise

    def empty_log(self) -> None:
        """Checkpoint and truncate the write-ahead log, unless a reader blocks it.

        Until then the log's older pages hold deleted data.
        """
        with self._lock, translated(self._current):
            self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection once it is free; the next use opens another."""
        with self._lock, translated(self._current):
            self._close()

    def _current(self) -> apsw.Connection | None:
        return self._connection

    def _opened(self) -> apsw.Connection:
        identity = self._identity_now()
        if self._connection is None or identity != self._identity:
            self._close()
            self._connection = self._open()
            self._identity = identity
        return self._connection

    def _identity_now(self) -> tuple[int, int]:
        try:
            stat = os.stat(self._path)  # noqa: PTH116 - on every search's way; Path is slower
        except (FileNotFoundError, NotADirectoryError):
            self._close()
            raise self._absent() from None
        return (stat.st_dev, stat.st_ino)

    def _open(self) -> apsw.Connection:
        connection = connect(Path(self._path))
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        self._durable, self._kept_version = True, NEVER
        if connection is not None:
            connection.close()

    def _set_durable(self, connection: apsw.Connection, *, durable: bool) -> None:
        if durable is not self._durable:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable


def _read(connection: apsw.Connection, work: Work[Reply]) -> Reply:
    with impatient(connection, "BEGIN"):
        return work(connection)


@contextmanager
def unsynced(connection: apsw.Connection) -> Iterator[None]:
    """Suspend checkpoints, however long the log is."""
    connection.wal_autocheckpoint(0)
    try:
        yield
    finally:
        connection.wal_autocheckpoint(CHECKPOINT_PAGES)


@contextmanager
def impatient(connection: apsw.Connection, begin: str) -> Iterator[apsw.Connection]:
    """Provide a transaction that fails at once instead of waiting for another process."""
    connection.set_busy_timeout(0)
    try:
        with transaction(connection, begin):
            yield connection
    except apsw.BusyError as error:
        raise NotAtHandError from error
    finally:
        connection.set_busy_timeout(BUSY_MILLISECONDS)


def connect(path: Path) -> apsw.Connection:
    """Open an existing file; every change is synced before its commit returns."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create_file(path: Path) -> None:
    """Create an empty file that only its owner can read; leave an existing one unchanged."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        return


def sync(path: Path) -> None:
    """Sync a closed file, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def transaction(connection: apsw.Connection, begin: str) -> Iterator[apsw.Connection]:
    """Commit the changes made within, or roll all back."""
    connection.execute(begin)
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
