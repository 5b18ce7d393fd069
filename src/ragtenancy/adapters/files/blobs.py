"""Originals in files, a folder for each tenant."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from ragtenancy.adapters.files.durable import Draft, created, put_in_place, sync_folder, translated
from ragtenancy.domain.errors import (
    InvalidError,
    IsolationBreach,
    NotFoundError,
)
from ragtenancy.domain.ids import BlobName, ContentHash, TenantUid, is_tenant_uid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.tenant_storage import TenantStorage

BLOBS = "blobs"
OWNER = ".owner"
FOLDER_MODE = 0o700
Reply = TypeVar("Reply")


class FileTenantStorage(TenantStorage):
    """Makes, counts and removes `<folder>/<uid>/blobs`, with the file that names its owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def create(self, scope: TenantScope) -> None:
        await _do(lambda: self._create(scope))

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        return {"files": await _do(lambda: self._count(scope))}

    async def drop(self, scope: TenantScope) -> None:
        await _do(lambda: self._drop(scope))

    async def tenants(self) -> Sequence[TenantUid]:
        return await _do(self._tenants)

    def _create(self, scope: TenantScope) -> None:
        blobs = self._folder / scope.tenant_uid / BLOBS
        for folder in (self._folder, blobs.parent, blobs):
            folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        if not (blobs / OWNER).exists():
            _write_owner(blobs, scope)
        sync_folder(self._folder)

    def _count(self, scope: TenantScope) -> int:
        return sum(path.is_file() for path in (self._folder / scope.tenant_uid).rglob("*"))

    def _drop(self, scope: TenantScope) -> None:
        with suppress(FileNotFoundError):
            shutil.rmtree(self._folder / scope.tenant_uid)
            sync_folder(self._folder)

    def _tenants(self) -> Sequence[TenantUid]:
        names = [path.name for path in self._folder.glob("t*")]
        return tuple(sorted(TenantUid(name) for name in names if is_tenant_uid(name)))


def _write_owner(blobs: Path, scope: TenantScope) -> None:
    draft = blobs.parent / f"{OWNER}.{uuid4().hex}"
    with created(draft) as file:
        file.write(scope.tenant_uid.encode())
        file.flush()
        os.fsync(file.fileno())
    put_in_place(draft, blobs / OWNER)


async def _do(work: Callable[[], Reply]) -> Reply:
    with translated():
        return await asyncio.to_thread(work)


NAME = re.compile(r"[a-z0-9_-]{1,200}\Z")
LEFTOVER = re.compile(r"[a-z0-9_-]{1,200}(\.[0-9a-f]{32})?\Z")
PIECE = 1_048_576


class FileBlobStore(BlobStore):
    """`<folder>/<uid>/blobs/<name>`, in the folder that the tenant's storage creates.

    Its file `.owner` holds the uid and is checked before every operation.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(
        self,
        scope: TenantScope,
        name: BlobName,
        body: AsyncIterator[bytes],
        *,
        max_bytes: int,
    ) -> StoredBlob:
        draft = Draft(await self._do(partial(self._place, scope, name)), max_bytes)
        try:
            async for piece in body:
                await self._do(partial(draft.write, piece))
            await self._do(draft.keep)
        except BaseException:
            await self._do(draft.discard)
            raise
        return StoredBlob(name=name, size=draft.size, content_hash=ContentHash(draft.digest))

    @asynccontextmanager
    async def local(self, scope: TenantScope, name: BlobName) -> AsyncIterator[Path]:
        path = await self._do(partial(self._found, scope, name))
        yield path

    async def read(self, scope: TenantScope, name: BlobName) -> AsyncIterator[bytes]:
        path = await self._do(partial(self._found, scope, name))
        file = await self._do(lambda: path.open("rb"))
        try:
            while piece := await self._do(partial(file.read, PIECE)):
                yield piece
        finally:
            file.close()

    async def names(
        self, scope: TenantScope, *, written_before: datetime | None = None
    ) -> Sequence[BlobName]:
        return await self._do(partial(self._names, scope, written_before))

    async def delete(self, scope: TenantScope, name: BlobName) -> bool:
        return await self._do(partial(self._delete, scope, name))

    async def drop(self, scope: TenantScope) -> int:
        return await self._do(partial(self._drop, scope))

    async def _do(self, work: Callable[[], Reply]) -> Reply:
        """Do blocking work to its end, even if cancelled, so that its outcome is known."""
        with translated():
            task = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await asyncio.wait([task])
                raise

    def _blobs(self, scope: TenantScope) -> Path:
        """Return the tenant's folder. Raises `NotFoundError`, `IsolationBreach`."""
        blobs = self._folder / scope.tenant_uid / "blobs"
        try:
            owner = (blobs / OWNER).read_text()
        except FileNotFoundError:
            raise NotFoundError("There is no such client.") from None
        if owner != scope.tenant_uid:
            raise IsolationBreach("blobs")
        return blobs

    def _place(self, scope: TenantScope, name: BlobName, shape: re.Pattern[str] = NAME) -> Path:
        if not shape.match(name):
            raise InvalidError("The blob name is not valid.")
        return self._blobs(scope) / name

    def _found(self, scope: TenantScope, name: BlobName) -> Path:
        path = self._place(scope, name)
        if not path.is_file():
            raise NotFoundError("There is no such upload.")
        return path

    def _names(self, scope: TenantScope, written_before: datetime | None) -> Sequence[BlobName]:
        paths = sorted(path for path in self._blobs(scope).iterdir() if path.name != OWNER)
        return tuple(
            BlobName(path.name)
            for path in paths
            if written_before is None or _older(path, written_before)
        )

    def _delete(self, scope: TenantScope, name: BlobName) -> bool:
        path = self._place(scope, name, LEFTOVER)
        return bool(_remove(path.parent, [path, *path.parent.glob(f"{name}.*")]))

    def _drop(self, scope: TenantScope) -> int:
        if not (self._folder / scope.tenant_uid).exists():
            return 0
        blobs = self._blobs(scope)
        return _remove(blobs, [blobs / name for name in self._names(scope, None)])


def _remove(folder: Path, paths: Sequence[Path]) -> int:
    """Remove files of a folder durably; return how many were there."""
    present = [path for path in paths if path.exists()]
    for path in present:
        path.unlink(missing_ok=True)
    if present:
        sync_folder(folder)
    return len(present)


def _older(path: Path, time: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < time
    except FileNotFoundError:
        return False
