"""The control file, and the threads that work on files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock
from uuid import uuid4

import apsw

from ragtenancy.adapters.sqlite.channel import (
    Channel,
    NotAtHandError,
    Reply,
    Work,
    connect,
    create_file,
    sync,
    transaction,
)
from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.adapters.sqlite.reserve import DiskReserve
from ragtenancy.adapters.sqlite.schema import CONTROL, migrate, require_known, version_of
from ragtenancy.domain.errors import RagTenancyError, StateLostError, UnavailableError
from ragtenancy.domain.health import ProbeResult
from ragtenancy.ports.health import Probe

FOLDER_MODE = 0o700
TENANTS = "tenants/t*/tenant.db"
THREADS = 8
HEADER = b"SQLite format 3\0"
CHECKED_BYTES = 8_000_000


def _nothing(connection: apsw.Connection) -> None:
    """Do nothing with a connection."""


def _overwriting(connection: apsw.Connection) -> None:
    """Overwrite deleted data: tenants share this file and outlive each other in it."""
    connection.execute("PRAGMA secure_delete = ON")


class Threads:
    """A bounded pool; after a cancelled await, the thread finishes its work."""

    def __init__(self, most: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="sqlite")

    async def run(self, work: Callable[[], Reply]) -> Reply:
        """Run the work in a thread. Raises `UnavailableError` once closed."""
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        except RuntimeError as error:
            raise UnavailableError("The store is closed.", code="storage_closed") from error
        return await future

    async def close(self) -> None:
        """Wait for running work."""
        await asyncio.to_thread(self._pool.shutdown)


class ControlFile:
    """`control.db`: the records of the whole installation; created on first use.

    Any number of processes may open it. `read` and `write` call `work` with a connection in a
    thread, within one transaction.
    """

    def __init__(self, path: Path, reserve: DiskReserve | None = None) -> None:
        self._path = path
        self._reserve = reserve or DiskReserve(path.parent, 0)
        self._threads = Threads()
        self._lock = Lock()
        self._made = False
        self._reads = Channel(path, _nothing, _vanished)
        self._writes = Channel(path, _overwriting, _vanished)

    async def read(self, work: Work[Reply]) -> Reply:
        """Return the result of `work`, read from one snapshot of the file."""
        return await self._threads.run(lambda: self._read(work))

    def look(self, work: Work[Reply]) -> Reply:
        """Return the result of `work`, read in the caller's thread, which it blocks."""
        return self._read(work)

    async def read_briefly(self, work: Work[Reply]) -> Reply:
        """Return the result of `work`, a few rows; without a thread if it need not wait.

        A thread costs three times as much as such a read, and much more on a busy machine.
        """
        try:
            return self._reads.read_now(work)
        except NotAtHandError:
            return await self.read(work)

    async def read_kept(self, key: Hashable, work: Work[Reply]) -> Reply:
        """Return the immutable result of `work`, kept by `key` until the file changes.

        `key` names the query and its values.
        """
        try:
            return self._reads.read_kept(key, work)
        except NotAtHandError:
            return await self.read(work)

    async def write(
        self, work: Work[Reply], *, durable: bool = True, makes_room: bool = False
    ) -> Reply:
        """Return the result of `work`, committing its writes; an error rolls them back.

        Work that `makes_room` may draw on the reserve of a full disk.
        """

        def write() -> Reply:
            return self._write(work, durable=durable)

        return await self._threads.run(
            partial(self._reserve.drawing, write) if makes_room else write
        )

    async def write_if_free(self, work: Work[Reply]) -> Reply | None:
        """Write a few rows without syncing, or return None if that would have to wait."""
        if not self._writes.is_open:
            await self._threads.run(self._open_writes)
        try:
            return self._writes.write_now(work)
        except NotAtHandError:
            return None

    def _open_writes(self) -> None:
        self._make()
        self._writes.open()

    async def erase(self) -> None:
        """Make deleted data unreadable, in the file and in its log."""
        await self._threads.run(lambda: self._reserve.drawing(self._erase))

    async def inspect(self) -> None:
        """Read the file anew, and claim its write lock unless a writer holds it.

        Raises `StateLostError` for a lost, damaged or newer file, `UnavailableError` for one that
        cannot be opened or written.
        """
        await self._threads.run(self._inspect)

    async def close(self) -> None:
        """Close the connections after running work."""
        await self._threads.close()
        self._reads.close()
        self._writes.close()

    def _read(self, work: Work[Reply]) -> Reply:
        self._make()
        with self._reads.reading() as connection:
            return work(connection)

    def _write(self, work: Work[Reply], *, durable: bool) -> Reply:
        self._make()
        with self._writes.writing(durable=durable) as connection:
            done = work(connection)
        self._reserve.replenish()
        return done

    def _erase(self) -> None:
        self._make()
        self._writes.empty_log()

    def _inspect(self) -> None:
        self._make()
        if not self._path.exists():
            raise _vanished()
        inspect_file(self._path, CONTROL)

    def _make(self) -> None:
        with self._lock, translated():
            if not self._made:
                self._require_kept()
                self._path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
                make_file(self._path, CONTROL)
                self._made = True

    def _require_kept(self) -> None:
        """Refuse to recreate the file beside tenants' files, which are created after it."""
        tenants = any(self._path.parent.glob(TENANTS))  # checked first: others may create both
        if tenants and not self._path.exists():
            raise StateLostError(
                "The clients' records are missing; restore them from a backup.",
                str(self._path),
            )


def make_file(path: Path, scripts: Sequence[str], then: Work[None] = _nothing) -> None:
    """Create a file with its tables atomically; migrate an existing one.

    Processes may do this concurrently: each builds its own, and the first to be linked stays.
    Raises `StateLostError` for an existing file that was never set up.
    """
    if not path.exists():
        built = path.with_name(f"{path.name}.{uuid4().hex}")
        create_file(built)
        try:
            _build(built, scripts, then)
            with suppress(FileExistsError):
                path.hardlink_to(built)
        finally:
            built.unlink(missing_ok=True)
        sync(path.parent)
    _update(path, scripts)


def _build(path: Path, scripts: Sequence[str], then: Work[None]) -> None:
    """Create the tables, synced once at the end: no other process sees the file before."""
    connection = connect(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = WAL")
        with translated(lambda: connection), transaction(connection, "BEGIN IMMEDIATE"):
            migrate(connection, scripts)
            then(connection)
    finally:
        connection.close()
    sync(path)


def _update(path: Path, scripts: Sequence[str]) -> None:
    connection = connect(path)
    try:
        if version_of(connection) == 0:  # it is created atomically
            raise StateLostError(
                "A store is empty or damaged; restore it from a backup.",
                str(path),
                code="storage_corrupt",
            )
        if version_of(connection) != len(scripts):
            with transaction(connection, "BEGIN IMMEDIATE"):
                migrate(connection, scripts)
    finally:
        connection.close()


def inspect_file(path: Path, scripts: Sequence[str]) -> None:
    """Check a file's header, version, pages and write lock through a connection of its own.

    Raises `NewerStateError`; `UnavailableError` (`storage_corrupt`, `storage_read_only`, …).
    """
    connection: apsw.Connection | None = None
    try:
        with translated(lambda: connection):
            _require_header(path)
            connection = connect(path)
            require_known(connection, scripts)
            _read_pages(connection, path.stat().st_size)
            with suppress(apsw.BusyError):
                connection.set_busy_timeout(0)
                connection.execute("BEGIN IMMEDIATE; ROLLBACK")
    finally:
        if connection is not None:
            connection.close()


def _require_header(path: Path) -> None:
    """Read the file's first bytes, which the write-ahead log may hide from a connection.

    Through SQLite, since closing a file by other means would release this process's locks on it.
    """
    file = apsw.VFSFile("", str(path), [apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READONLY, 0])
    try:
        head = file.xRead(len(HEADER), 0) if file.xFileSize() >= len(HEADER) else b""
    finally:
        file.xClose()
    if head != HEADER:
        raise apsw.NotADBError("no header")


def _read_pages(connection: apsw.Connection, size: int) -> None:
    """Check every page of a small file, and the first row of each table of a large one."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (name,) in tables:
        connection.execute(f'SELECT * FROM "{name}" LIMIT 1').fetchall()  # noqa: S608 - our own names
    if size <= CHECKED_BYTES and connection.execute("PRAGMA quick_check(1)").get != "ok":
        raise apsw.CorruptError("damaged pages")


def _vanished() -> RagTenancyError:
    return UnavailableError(
        "The store no longer exists or cannot be reached.", code="storage_unreachable"
    )


class SqliteProbe(Probe):
    """Inspects the control file as it is on the disk, whatever open connections still remember."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    @property
    def name(self) -> str:
        return "sqlite"

    @property
    def local(self) -> bool:
        return True

    async def check(self) -> ProbeResult:
        try:
            await self._control.inspect()
        except RagTenancyError as error:
            return self.unavailable(error)
        return ProbeResult(name=self.name, connected=True)
