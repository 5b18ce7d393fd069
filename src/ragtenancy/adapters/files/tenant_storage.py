"""A tenant's folder of originals, where its records lie elsewhere."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from ragtenancy.adapters.files.durable import created, put_in_place, sync_folder
from ragtenancy.adapters.files.errors import translated
from ragtenancy.domain.ids import TenantUid, is_tenant_uid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage

BLOBS = "blobs"
OWNER = ".owner"
FOLDER_MODE = 0o700
Reply = TypeVar("Reply")


class FileTenantStorage(TenantStorage):
    """Makes, counts and removes `<folder>/<uid>/blobs`, with the file that says whose it is."""

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
