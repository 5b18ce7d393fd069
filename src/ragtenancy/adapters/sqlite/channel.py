"""One connection to one file, used by one thread at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TypeVar

import apsw

from ragtenancy.adapters.sqlite.errors import translated

BUSY_MILLISECONDS = 5_000
FILE_MODE = 0o600
CHECKPOINT_PAGES = 1_000  # SQLite's own default

Prepare = Callable[[apsw.Connection], None]
Reply = TypeVar("Reply")
Work = Callable[[apsw.Connection], Reply]


class NotAtHandError(Exception):
    """The file is not open, in use, or has to be waited for; never leaves the family."""


class Channel:
    """Opens its file when first used, and again when another file has taken its place.

    `prepare` sees each new connection before anybody else; `absent` makes the error for a file
    that is not there. SQLite never creates one: what was deleted stays so.
    """

    def __init__(self, path: Path, prepare: Prepare, absent: Callable[[], Exception]) -> None:
        self._path = str(path)
        self._prepare = prepare
        self._absent = absent
        self._lock = Lock()
        self._connection: apsw.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._durable = True

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """Give the connection within one transaction that sees one state."""
        with (
            self._lock,
            translated(self._current),
            transaction(self._opened(), "BEGIN") as connection,
        ):
            yield connection

    def read_now(self, work: Work[Reply]) -> Reply:
        """Return what `work` reads, waiting for nobody. Raises `NotAtHandError`."""
        if self._connection is None or not self._lock.acquire(blocking=False):
            raise NotAtHandError
        try:
            with translated(self._current), impatient(self._opened(), "BEGIN") as connection:
                return work(connection)
        finally:
            self._lock.release()

    def write_now(self, work: Work[Reply]) -> Reply:
        """Return what `work` returns, written undurably, waiting for nobody. Raises `NotAtHandError`.

        Moving the log into the file, which syncs, is left to whoever writes next.
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
        """Give the connection within one transaction that is written whole or not at all.

        What is written undurably outlives the process, and may be lost with the machine.
        """
        with self._lock, translated(self._current):
            connection = self._opened()
            self._set_durable(connection, durable=durable)
            try:
                with transaction(connection, "BEGIN IMMEDIATE"):
                    yield connection
            except apsw.ReadOnlyError:
                self._close()  # it stays so, also when the file may be written to again
                raise

    def empty_log(self) -> None:
        """Move what was written into the file and cut the log off, unless a reader is in the way.

        What was deleted is in the log's older pages until then.
        """
        with self._lock, translated(self._current):
            self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connection, after whoever uses it; the next use opens another."""
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
        self._durable = True
        if connection is not None:
            connection.close()

    def _set_durable(self, connection: apsw.Connection, *, durable: bool) -> None:
        if durable is not self._durable:
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable


@contextmanager
def unsynced(connection: apsw.Connection) -> Iterator[None]:
    """Move nothing from the log into the file meanwhile, however long the log is."""
    connection.wal_autocheckpoint(0)
    try:
        yield
    finally:
        connection.wal_autocheckpoint(CHECKPOINT_PAGES)


@contextmanager
def impatient(connection: apsw.Connection, begin: str) -> Iterator[apsw.Connection]:
    """Give a transaction that fails at once where it would have to wait for another process."""
    connection.set_busy_timeout(0)
    try:
        with transaction(connection, begin):
            yield connection
    except apsw.BusyError as error:
        raise NotAtHandError from error
    finally:
        connection.set_busy_timeout(BUSY_MILLISECONDS)


def connect(path: Path) -> apsw.Connection:
    """Open a file that is there, every change synced before its commit returns."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create_file(path: Path) -> None:
    """Make an empty file that its owner alone can read; one that is there stays as it is."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        return


def sync(path: Path) -> None:
    """Make a closed file, or the names in a folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def transaction(connection: apsw.Connection, begin: str) -> Iterator[apsw.Connection]:
    """Commit what is done within, or undo all of it."""
    connection.execute(begin)
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
