"""Postings come back from disk as they were, or from the chunks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ragtenancy.adapters.bm25.index_files import NAME, IndexFiles
from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.memory.chunks import InMemoryChunkRepository
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.tenant_storage import InMemoryTenantStorage
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope
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

    @property
    def path(self) -> Path:
        return self.folder / ACME.tenant_uid / "cache" / NAME

    def index(self) -> Bm25Index:
        return Bm25Index(self.chunks, SnowballAnalyzer(), files=IndexFiles(self.folder))

    async def search(self, index: Bm25Index | None = None) -> LegHits:
        return await (index or self.index()).search(
            ACME, self.acme.manifest, "refunds ten days", language="english", limit=5
        )


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
