"""Saved postings are loaded as they were, or rebuilt from the chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ragtenancy.adapters.bm25.index_files import (
    MAX_TOMBSTONE_BYTES,
    NAME,
    DocumentTombstones,
    IndexFiles,
)
from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.documents import InMemoryChunkRepository
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.engines.lexical.index_file import StoredIndex
from tests.library import ACME, OTHER, Library


class CountingChunks(InMemoryChunkRepository):
    """Counts the revisions that were read."""

    reads = 0

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        self.reads += 1
        return await super().of_revision(scope, document_id, revision)


class Shelf:
    """A tenant's library whose index is opened anew whenever it is asked for."""

    def __init__(self, folder: Path, chunks: CountingChunks) -> None:
        self.folder = folder
        self.chunks = chunks
        self.acme = Library(ACME, chunks)
        self.files = IndexFiles(folder, seconds_between_saves=0)

    @property
    def path(self) -> Path:
        return self.folder / ACME.tenant_uid / "cache" / NAME

    def index(self) -> Bm25Index:
        return Bm25Index(self.chunks, SnowballAnalyzer(), files=self.files)

    async def search(self, index: Bm25Index | None = None) -> LegHits:
        """Search, and wait until the postings are kept."""
        found = await (index or self.index()).search(
            ACME, self.acme.manifest, "refunds ten days", language="english", limit=5
        )
        await self.files.saved()
        return found


@pytest.fixture
async def shelf(tmp_path: Path) -> Shelf:
    memory = Memory()
    for scope in (ACME, OTHER):
        await InMemoryTenantStorage(memory).create(scope)
        (tmp_path / scope.tenant_uid / "cache").mkdir(parents=True)
    shelf = Shelf(tmp_path, CountingChunks(memory))
    await shelf.acme.put("d1", "refunds take ten days", "shipping is free")
    await shelf.acme.put("d2", "refunds are never given")
    return shelf


async def test_a_cold_tenant_is_opened_without_reading_its_chunks(shelf: Shelf) -> None:
    first = await shelf.search()
    read = shelf.chunks.reads

    again = await shelf.search()

    assert again == first
    assert shelf.chunks.reads == read == 2


async def test_a_cold_tenant_reads_what_changed_alone(shelf: Shelf) -> None:
    await shelf.search()
    await shelf.acme.put("d3", "refunds after ten days")
    shelf.acme.remove("d2")

    changed = await shelf.search()
    again = await shelf.search()

    assert again == changed
    assert list(changed.chunk_ids) == [
        shelf.acme.ids("d3")[0],
        shelf.acme.ids("d1")[0],
    ]
    assert shelf.chunks.reads == 3


@pytest.mark.parametrize("at", [0, 9, 40, -1])
async def test_a_damaged_file_is_made_again(shelf: Shelf, at: int) -> None:
    first = await shelf.search()
    data = bytearray(shelf.path.read_bytes())
    data[at] ^= 1
    shelf.path.write_bytes(data)

    assert await shelf.search() == first
    assert shelf.path.read_bytes() != bytes(data)


@pytest.mark.parametrize("size", [0, 5, 100])
async def test_a_file_cut_short_is_made_again(shelf: Shelf, size: int) -> None:
    first = await shelf.search()
    shelf.path.write_bytes(shelf.path.read_bytes()[:size])

    assert await shelf.search() == first


async def test_anothers_file_is_not_read(shelf: Shelf) -> None:
    other = Library(OTHER, shelf.chunks)
    await other.put("d1", "secret refunds", "ten days")
    index = shelf.index()
    await index.search(OTHER, other.manifest, "refunds", language="english", limit=5)
    await shelf.files.saved()
    first = await shelf.search()

    shelf.path.write_bytes((shelf.folder / OTHER.tenant_uid / "cache" / NAME).read_bytes())

    assert await shelf.search() == first


async def test_what_was_deleted_is_on_no_disk(shelf: Shelf) -> None:
    index = shelf.index()
    await shelf.search(index)
    shelf.acme.remove("d1")

    await index.forget(ACME, DocumentId("d1"))
    before = shelf.path.exists()
    await shelf.search(index)

    assert not before
    assert b"shipping" not in shelf.path.read_bytes()
    assert b"d1#" not in shelf.path.read_bytes()


async def test_a_cold_deletion_removes_the_file(shelf: Shelf) -> None:
    await shelf.search()

    await shelf.index().forget(ACME, DocumentId("d1"))

    assert not shelf.path.exists()


async def test_a_dropped_tenant_gets_no_folder_again(shelf: Shelf) -> None:
    shelf.path.parent.rmdir()
    index = shelf.index()

    assert (await shelf.search(index)).chunk_ids
    await index.drop(ACME)

    assert not shelf.path.parent.exists()


class LateFiles(IndexFiles):
    """Saves when told to, as a process does that stood still meanwhile."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, seconds_between_saves=0)
        self.waiting: list[tuple[TenantUid, Callable[[], StoredIndex]]] = []

    def save_soon(self, uid: TenantUid, make: Callable[[], StoredIndex]) -> None:
        self.waiting.append((uid, make))

    async def release(self) -> None:
        for asked in self.waiting:
            super().save_soon(*asked)
        self.waiting.clear()
        await self.saved()


async def test_another_process_cannot_bring_back_what_was_deleted(shelf: Shelf) -> None:
    late = LateFiles(shelf.folder)
    theirs = Bm25Index(shelf.chunks, SnowballAnalyzer(), files=late)
    await shelf.search(theirs)
    await shelf.index().forget(ACME, DocumentId("d1"))

    await late.release()

    assert not shelf.path.exists()


async def test_another_process_keeps_the_rest_once_it_knows(shelf: Shelf) -> None:
    late = LateFiles(shelf.folder)
    theirs = Bm25Index(shelf.chunks, SnowballAnalyzer(), files=late)
    await shelf.search(theirs)
    shelf.acme.remove("d1")
    await shelf.index().forget(ACME, DocumentId("d1"))
    await late.release()
    await theirs.forget(ACME, DocumentId("d1"))

    await shelf.search(theirs)
    await late.release()

    assert b"shipping" not in shelf.path.read_bytes()
    assert b"refund" in shelf.path.read_bytes()


async def test_a_question_does_not_wait_for_the_file(shelf: Shelf) -> None:
    late = LateFiles(shelf.folder)

    found = await shelf.search(Bm25Index(shelf.chunks, SnowballAnalyzer(), files=late))

    assert found.chunk_ids
    assert not shelf.path.exists()


async def test_what_is_kept_is_what_was_there_when_it_was_asked_for(shelf: Shelf) -> None:
    late = LateFiles(shelf.folder)
    theirs = Bm25Index(shelf.chunks, SnowballAnalyzer(), files=late)
    first = await shelf.search(theirs)
    manifest = shelf.acme.manifest
    await shelf.acme.put("d3", "refunds after ten days")
    await shelf.search(theirs)

    await late.release()
    read = shelf.chunks.reads
    again = await shelf.index().search(
        ACME, manifest, "refunds ten days", language="english", limit=5
    )

    assert again == first
    assert shelf.chunks.reads == read


async def test_a_tenant_that_keeps_changing_is_not_written_each_time(shelf: Shelf) -> None:
    files = IndexFiles(shelf.folder, seconds_between_saves=3_600)
    index = Bm25Index(shelf.chunks, SnowballAnalyzer(), files=files)
    await shelf.search(index)
    await files.saved()
    shelf.acme.remove("d1")
    await index.forget(ACME, DocumentId("d1"))

    await shelf.search(index)
    await files.saved()

    assert not shelf.path.exists()


def test_the_latest_tombstones_are_kept_within_bounds(tmp_path: Path) -> None:
    tombstones = DocumentTombstones(tmp_path)
    for number in range(9_000):
        tombstones.add(DocumentId(f"d{number}"))

    assert all(tombstones.hold_any([DocumentId(f"d{number}")]) for number in (4_904, 8_999))
    assert not tombstones.hold_any([DocumentId("d9000")])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * MAX_TOMBSTONE_BYTES
