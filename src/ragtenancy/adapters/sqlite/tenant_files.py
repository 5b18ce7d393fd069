"""One file per tenant, with the recently used ones open."""

from __future__ import annotations

import os
import resource
import shutil
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

import apsw

from ragtenancy.adapters.sqlite.channel import (
    Channel,
    NotAtHandError,
    Reply,
    Work,
    create_file,
    sync,
    transaction,
)
from ragtenancy.adapters.sqlite.client import FOLDER_MODE, Threads, make_file
from ragtenancy.adapters.sqlite.errors import translated
from ragtenancy.adapters.sqlite.reserve import DiskReserve
from ragtenancy.adapters.sqlite.schema import TENANT, migrate, version_of
from ragtenancy.domain.errors import NotFoundError, UnavailableError
from ragtenancy.domain.ids import TenantUid, is_tenant_uid
from ragtenancy.domain.tenants import TenantScope

MAX_OPEN = 256
FILES_EACH = 5
DATABASE = "tenant.db"
BLOBS = "blobs"
CACHE = "cache"
OWNER = ".owner"
DROPPED = ".dropped-"


class TenantFile:
    """One tenant's file, with a connection for reading and one for writing."""

    def __init__(
        self, scope: TenantScope, path: Path, is_served: Callable[[TenantScope], bool]
    ) -> None:
        self._scope = scope
        self._is_served = is_served
        self.users = 0
        self.reads = Channel(path, self._prepare, self._absent)
        self.writes = Channel(path, self._prepare_to_write, self._absent)

    def close(self) -> None:
        """Close both."""
        self.reads.close()
        self.writes.close()

    def _prepare(self, connection: apsw.Connection) -> None:
        """Reject another tenant's file; migrate an older one."""
        self._require_own(connection)
        if version_of(connection) != len(TENANT):
            with transaction(connection, "BEGIN IMMEDIATE"):
                migrate(connection, TENANT)

    def _prepare_to_write(self, connection: apsw.Connection) -> None:
        """Also overwrite deleted data, so that deleted documents are unreadable."""
        self._prepare(connection)
        connection.execute("PRAGMA secure_delete = ON")

    def _absent(self) -> Exception:
        if self._is_served(self._scope):
            return UnavailableError(
                "The client's data cannot be reached.", code="storage_unreachable"
            )
        return NotFoundError("There is no such client.")

    def _require_own(self, connection: apsw.Connection) -> None:
        uid = connection.execute("SELECT uid FROM tenant").get
        self._scope.require_own(TenantUid(str(uid)), "tenant_file")


class TenantFiles:
    """`<folder>/<uid>/tenant.db`, with `blobs/` and `cache/` beside it.

    Any number of processes may use one folder. `read` and `write` call `work` with a connection in
    a thread, within one transaction; they raise `NotFoundError` before `create` and after `drop`,
    but `UnavailableError` for a tenant that `is_served` and whose file is gone all the same.
    `max_open` bounds the open files (256, or as many as half of the process's limit allows); files
    in use are never closed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_open: int | None = None,
        reserve: DiskReserve | None = None,
        is_served: Callable[[TenantScope], bool] = lambda _: False,
    ) -> None:
        self._folder = folder
        self._is_served = is_served
        self._reserve = reserve or DiskReserve(folder, 0)
        self._max_open = _max_open() if max_open is None else max_open
        self._threads = Threads()
        self._lock = Lock()
        self._open: OrderedDict[TenantUid, TenantFile] = OrderedDict()

    async def read(self, scope: TenantScope, work: Work[Reply]) -> Reply:
        """Return the result of `work`, read from one snapshot of the tenant's file."""
        return await self._threads.run(lambda: self._read(scope, work))

    async def read_briefly(self, scope: TenantScope, work: Work[Reply]) -> Reply:
        """Return the result of `work`, a few rows; without a thread if it need not wait."""
        try:
            with self._used(scope) as file:
                return file.reads.read_now(work)
        except NotAtHandError:
            return await self.read(scope, work)

    async def read_kept(self, scope: TenantScope, key: Hashable, work: Work[Reply]) -> Reply:
        """Return the immutable result of `work`, kept by `key` until the tenant's file changes."""
        try:
            with self._used(scope) as file:
                return file.reads.read_kept(key, work)
        except NotAtHandError:
            return await self.read(scope, work)

    async def write(
        self,
        scope: TenantScope,
        work: Work[Reply],
        *,
        durable: bool = True,
        makes_room: bool = False,
    ) -> Reply:
        """Return the result of `work`, committing its writes; an error rolls them back.

        Work that `makes_room` may draw on the reserve of a full disk.
        """

        def write() -> Reply:
            return self._write(scope, work, durable=durable)

        return await self._threads.run(
            (lambda: self._reserve.drawing(write)) if makes_room else write
        )

    async def write_briefly(self, scope: TenantScope, work: Work[Reply]) -> Reply:
        """Write a few rows without syncing; without a thread if it need not wait."""
        try:
            with self._used(scope) as file:
                return file.writes.write_now(work)
        except NotAtHandError:
            return await self.write(scope, work, durable=False)

    async def write_if_present(self, scope: TenantScope, work: Work[object]) -> None:
        """Write, or do nothing without a file: a removal then has nothing to remove."""
        with suppress(NotFoundError):
            await self.write(scope, work, makes_room=True)

    async def erase(self, scope: TenantScope) -> None:
        """Make deleted data unreadable in the file and its log, unless a long reader blocks it."""
        with suppress(NotFoundError):
            await self._threads.run(lambda: self._reserve.drawing(lambda: self._erase(scope)))

    async def create(self, scope: TenantScope) -> None:
        """Create the tenant's folder and file; idempotent."""
        await self._threads.run(lambda: self._create(scope))

    async def drop(self, scope: TenantScope) -> None:
        """Remove the tenant's folder with its content; idempotent."""
        await self._threads.run(lambda: self._drop(scope))

    async def count_files(self, scope: TenantScope) -> int:
        """Count the tenant's remaining files, including those of an interrupted removal."""
        return await self._threads.run(lambda: self._count_files(scope))

    async def tenants(self) -> Sequence[TenantUid]:
        """Return the tenant uids that have folders."""
        return await self._threads.run(self._tenants)

    def folder(self, scope: TenantScope) -> Path:
        """Return the tenant's folder."""
        return self._folder / scope.tenant_uid

    def cache_folder(self, scope: TenantScope) -> Path:
        """Return the folder for caches of the tenant's file, which exists as long as the tenant."""
        return self.folder(scope) / CACHE

    async def close(self) -> None:
        """Close every file after running work."""
        await self._threads.close()
        while self._open:
            self._open.popitem()[1].close()

    def _read(self, scope: TenantScope, work: Work[Reply]) -> Reply:
        with self._used(scope) as file, file.reads.reading() as connection:
            return work(connection)

    def _write(self, scope: TenantScope, work: Work[Reply], *, durable: bool) -> Reply:
        with self._used(scope) as file, file.writes.writing(durable=durable) as connection:
            return work(connection)

    def _erase(self, scope: TenantScope) -> None:
        with self._used(scope) as file:
            file.writes.empty_log()

    @contextmanager
    def _used(self, scope: TenantScope) -> Iterator[TenantFile]:
        with self._lock:
            file = self._open.pop(scope.tenant_uid, None) or self._file(scope)
            self._open[scope.tenant_uid] = file
            file.users += 1
            idle = self._idle()
        for old in idle:
            old.close()
        try:
            yield file
        finally:
            with self._lock:
                file.users -= 1

    def _file(self, scope: TenantScope) -> TenantFile:
        return TenantFile(scope, self.folder(scope) / DATABASE, self._is_served)

    def _idle(self) -> Sequence[TenantFile]:
        """Remove and return the surplus open files, least recently used first."""
        excess = len(self._open) - self._max_open
        unused = [uid for uid, file in self._open.items() if file.users == 0] if excess > 0 else []
        return [self._open.pop(uid) for uid in unused[:excess]]

    def _create(self, scope: TenantScope) -> None:
        folder = self.folder(scope)
        with translated():
            for part in (self._folder, folder, folder / BLOBS, folder / CACHE):
                part.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            _write_owner(folder / BLOBS / OWNER, scope)
            sync(folder / BLOBS)
            make_file(folder / DATABASE, TENANT, lambda connection: _stamp(connection, scope))
            sync(self._folder)

    def _drop(self, scope: TenantScope) -> None:
        """Move the folder away by one rename, so that it never half exists."""
        with self._lock:
            file = self._open.pop(scope.tenant_uid, None)
        if file is not None:
            file.close()
        dropped = self._folder / f"{DROPPED}{scope.tenant_uid}"
        with translated():
            shutil.rmtree(dropped, ignore_errors=True)
            with suppress(FileNotFoundError):  # another process may be dropping it too
                self.folder(scope).rename(dropped)
                sync(self._folder)
                shutil.rmtree(dropped)

    def _count_files(self, scope: TenantScope) -> int:
        folders = (self.folder(scope), self._folder / f"{DROPPED}{scope.tenant_uid}")
        with translated():
            return sum(path.is_file() for folder in folders for path in folder.rglob("*"))

    def _tenants(self) -> Sequence[TenantUid]:
        with translated():
            names = [path.name for path in self._folder.glob("t*")]
        return tuple(sorted(TenantUid(name) for name in names if is_tenant_uid(name)))


def _max_open() -> int:
    """Return the limit of open tenant files: at most half of the process's limit."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return MAX_OPEN
    return max(1, min(MAX_OPEN, allowed // (2 * FILES_EACH)))


def _write_owner(path: Path, scope: TenantScope) -> None:
    """Write the owner of the originals, which the blob store checks before each use."""
    if path.exists() and path.read_text() == scope.tenant_uid:
        return
    create_file(path)
    with path.open("w") as file:
        file.write(scope.tenant_uid)
        file.flush()
        os.fsync(file.fileno())


def _stamp(connection: apsw.Connection, scope: TenantScope) -> None:
    connection.execute("INSERT INTO tenant (one, uid) VALUES (1, ?)", (scope.tenant_uid,))
