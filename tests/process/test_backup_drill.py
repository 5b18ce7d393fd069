"""Backups under load, and killed at any point (T86, G17)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import DocumentId, SessionId, TenantId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.library.backups import back_up, restore
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.unit.app.conftest import Installation

ROUNDS = 3


def at(folder: Path) -> Settings:
    return Settings(storage="sqlite", data_dir=folder)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Installation]:
    container = in_memory_container(at(folder))
    async with container.closers():
        yield Installation(container)


class Load:
    """Uploads, deletes, questions and revocations that go on until they are stopped."""

    def __init__(self, installation: Installation, scope: TenantScope) -> None:
        self._installation = installation
        self._scope = scope
        self.uploaded: list[DocumentId] = []
        self.deleted: list[DocumentId] = []
        self.stopped = False
        self.progress = asyncio.Event()

    async def run(self) -> None:
        number = 0
        while not self.stopped:
            number += 1
            text = f"# Note {number}\n\nThe code of note {number} is {number * 7919}."
            document_id = await self._installation.ingest(
                self._scope, text, filename=f"note-{number}.md"
            )
            self.uploaded.append(document_id)
            await self._installation.ask(
                self._scope, f"What is the code of note {number}?", session_id=SessionId("s")
            )
            if number % 2 == 0:
                await self._installation.container.documents().delete(self._scope, document_id)
                self.deleted.append(document_id)
            self.progress.set()


async def some_work(load: Load) -> None:
    for _ in range(ROUNDS):
        load.progress.clear()
        await load.progress.wait()


async def original(installation: Installation, scope: TenantScope, each: DocumentId) -> str | None:
    digest = sha256()
    try:
        found = await installation.container.documents().original(scope, each)
        async for piece in found.body:
            digest.update(piece)
    except NotFoundError:
        return None
    return digest.hexdigest()


async def test_a_backup_under_load_is_restored_whole(tmp_path: Path) -> None:
    data, backup, restored = tmp_path / "data", tmp_path / "backup", tmp_path / "restored"
    async with opened(data) as installation:
        scope = await installation.tenant()
        load = Load(installation, scope)
        loading = asyncio.create_task(load.run())
        await some_work(load)
        sure = [each for each in load.uploaded if each not in load.deleted]
        await back_up(at(data), backup)
        await some_work(load)
        load.stopped = True
        await loading
        kept = [each for each in sure if each not in load.deleted]
        before = {each: await original(installation, scope, each) for each in kept}

    result = await restore(at(restored), backup, ledger=data, make=in_memory_container)

    async with opened(restored) as installation:
        await installation.work()
        listed = {each.document_id for each in await documents(installation, scope)}
        after = {each: await original(installation, scope, each) for each in kept}
        turns = await installation.container.conversations().turns(scope, SessionId("s"), limit=99)
    assert load.deleted
    assert kept
    assert not listed & set(load.deleted)
    assert after == before
    assert None not in after.values()
    assert result.report.differences == []
    assert {
        source.removed
        for turn in turns.items
        for source in turn.sources
        if source.document_id in load.deleted
    } == {True}


async def documents(installation: Installation, scope: TenantScope) -> list[Document]:
    page = await installation.container.documents().page(scope, limit=99)
    return [*page.items]


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    async with opened(tmp_path / "data") as installation:
        scope = await installation.tenant()
        await installation.ingest(scope)
        gone = await installation.ingest(scope, "# Gone\n\nNobody sees this.", filename="gone.md")
        await back_up(at(tmp_path / "data"), tmp_path / "backup")
        await installation.container.documents().delete(scope, gone)
    return tmp_path / "data"


def killed(number: int, what: str, *paths: Path) -> int:
    command = [sys.executable, "-m", "tests.process.killed_backup", what, *map(str, paths)]
    done = subprocess.run([*command, str(number)], capture_output=True, check=False)
    return done.returncode


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the handles that were synced, as they are."""
    handles: list[int] = []
    synced = os.fsync

    def counted(handle: int) -> None:
        handles.append(handle)
        synced(handle)

    monkeypatch.setattr(os, "fsync", counted)
    return handles


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
async def test_a_killed_backup_is_absent_or_whole(
    data: Path, tmp_path: Path, syncs: list[int], share: float
) -> None:
    await back_up(at(data), tmp_path / "counted")
    number = max(1, round(len(syncs) * share))
    target = tmp_path / "again"

    ended = await asyncio.to_thread(killed, number, "backup", data, target, data)
    there = target.exists()
    if not there:
        await back_up(at(data), target)

    result = await restore(at(tmp_path / "restored"), target, ledger=data, make=in_memory_container)
    assert ended == -signal.SIGKILL
    assert there is (share == 1.0)
    assert result.counts["acme"]["documents"] == 1


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
async def test_a_killed_restore_is_absent_or_whole(
    data: Path, tmp_path: Path, syncs: list[int], share: float
) -> None:
    await restore(
        at(tmp_path / "counted"), tmp_path / "backup", ledger=data, make=in_memory_container
    )
    number = max(1, round(len(syncs) * share))
    target = tmp_path / "restored"

    ended = await asyncio.to_thread(killed, number, "restore", tmp_path / "backup", target, data)
    there = target.exists()
    if not there:
        await restore(at(target), tmp_path / "backup", ledger=data, make=in_memory_container)

    async with opened(target) as installation:
        tenant = await installation.container.tenant_records().find(TenantId("acme"))
        listed = await documents(installation, tenant.scope)
    assert ended == -signal.SIGKILL
    assert there is (share == 1.0)
    assert len(listed) == 1
