"""The vector cache: as good as the table, and gone when the table loses something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_cache import VectorCache
from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.engines.vectors.scan import cosines
from tests.library import ACME, OTHER, Library, chunk_store, random_vectors

QUERY = random_vectors(7, 1)[0]
D1, FIRST = DocumentId("d1"), Revision("1-1")


class Place:
    """A folder of tenants, of which indexes are opened again and again."""

    def __init__(self, folder: Path, acme: Library) -> None:
        self.files = TenantFiles(folder)
        self.acme = acme
        self.path = self.files.cache_folder(ACME) / "vectors.f32"

        self.cache = VectorCache(self.files, min_numbers=1)

    def index(self) -> SqliteVectorIndex:
        return SqliteVectorIndex(self.files, cache=self.cache)

    async def asked_cold(self) -> LegHits:
        hits = await self.index().search(ACME, self.acme.manifest, QUERY, limit=50)
        await self.cache.saved()
        return hits

    async def keeps(self) -> set[str]:
        held = await self.cache.load(ACME, max_exact=100)
        return set() if held is None else {str(document_id) for document_id in held.revisions}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    opened = Place(tmp_path, Library(ACME, await chunk_store(ACME)))
    await opened.files.create(ACME)
    index = opened.index()
    for number, name in enumerate(["d1", "d2", "d3"]):
        await opened.acme.put_vectors(index, name, random_vectors(number, 9))
    yield opened
    await opened.files.close()


async def test_a_tenant_opened_again_answers_the_same(place: Place) -> None:
    first = await place.asked_cold()

    assert await place.keeps() == {"d1", "d2", "d3"}
    assert await place.asked_cold() == first


async def test_what_came_since_is_read_from_the_table(place: Place) -> None:
    await place.asked_cold()
    await place.acme.put_vectors(place.index(), "d4", random_vectors(8, 3))

    hits = await place.asked_cold()

    assert set(place.acme.ids("d4")) <= set(hits.chunk_ids)
    assert await place.keeps() == {"d1", "d2", "d3", "d4"}


async def test_a_replaced_document_answers_with_its_new_vectors(place: Place) -> None:
    await place.asked_cold()
    await place.acme.put_vectors(place.index(), "d1", random_vectors(8, 2))

    hits = await place.asked_cold()

    assert [c for c in hits.chunk_ids if c.startswith("d1#")] == sorted(place.acme.ids("d1"))
    assert len(hits.chunk_ids) == 20


async def test_a_tenant_that_grows_in_memory_is_kept_anew(place: Place) -> None:
    index = place.index()
    await index.search(ACME, place.acme.manifest, QUERY, limit=5)
    await place.acme.put_vectors(index, "d4", random_vectors(8, 40))
    await index.search(ACME, place.acme.manifest, QUERY, limit=5)
    await place.cache.saved()

    assert await place.keeps() == {"d1", "d2", "d3", "d4"}


async def test_changes_in_memory_leave_the_file_as_it_was(place: Place) -> None:
    await place.asked_cold()
    before = place.path.read_bytes()
    index = place.index()
    await index.search(ACME, place.acme.manifest, QUERY, limit=5)
    await place.acme.put_vectors(index, "d1", random_vectors(8, 5))
    await index.search(ACME, place.acme.manifest, QUERY, limit=5)

    assert place.path.read_bytes() == before


async def test_a_deletion_leaves_nothing_on_disk(place: Place) -> None:
    await place.asked_cold()
    place.path.with_name("vectors.f32.half").write_bytes(b"half-written")
    await place.index().delete(ACME, D1)
    kept = list(place.path.parent.iterdir())
    place.acme.remove("d1")
    hits = await place.asked_cold()

    assert kept == []
    assert {chunk.partition("#")[0] for chunk in hits.chunk_ids} == {"d2", "d3"}
    assert await place.keeps() == {"d2", "d3"}


async def test_who_read_before_a_deletion_keeps_nothing_of_it(place: Place) -> None:
    await place.asked_cold()
    before = place.acme.manifest.entries
    await place.index().delete(ACME, D1)

    place.cache.save_soon(ACME, before, numbers=1_000)
    await place.cache.saved()
    assert not place.path.exists()


async def test_what_is_kept_is_what_the_table_has(place: Place) -> None:
    before, other = place.acme.manifest.entries, random_vectors(8, 9)
    await place.asked_cold()
    await place.index().stage(ACME, D1, FIRST, other)

    place.cache.save_soon(ACME, before, numbers=1_000)
    await place.cache.saved()
    held = await place.cache.load(ACME, max_exact=100)

    assert held is not None
    assert held.rows.score(QUERY, [ChunkId("d1#1-1#000000")]) == cosines(other[:1], QUERY).tolist()


async def test_staging_a_revision_again_forgets_what_was_kept_of_it(place: Place) -> None:
    await place.asked_cold()
    await place.index().stage(ACME, D1, FIRST, random_vectors(8, 9))

    assert not place.path.exists()


async def test_dropping_a_tenant_removes_the_file(place: Place) -> None:
    await place.asked_cold()
    await place.index().drop(ACME)

    assert not place.path.exists()


async def test_few_vectors_are_not_kept(place: Place) -> None:
    index = SqliteVectorIndex(place.files)
    await index.search(ACME, place.acme.manifest, QUERY, limit=5)

    assert not place.path.exists()


async def test_a_dropped_tenants_rows_are_kept_nowhere(place: Place) -> None:
    place.cache.save_soon(OTHER, place.acme.manifest.entries, numbers=1_000)
    await place.cache.saved()

    assert not place.files.folder(OTHER).exists()


@pytest.mark.parametrize("at", [0, 9, 14, 40, 80, 200, 4096, 4500, 4900])
async def test_a_damaged_file_is_made_again(place: Place, at: int) -> None:
    first = await place.asked_cold()
    data = bytearray(place.path.read_bytes())
    data[at] ^= 0x10
    place.path.write_bytes(data)

    kept = await place.keeps()

    assert kept == set()
    assert await place.asked_cold() == first
    assert await place.keeps() == {"d1", "d2", "d3"}


@pytest.mark.parametrize("length", [0, 5, 12, 30, 4095, 4096, 4500])
async def test_a_file_cut_short_is_made_again(place: Place, length: int) -> None:
    first = await place.asked_cold()
    place.path.write_bytes(place.path.read_bytes()[:length])

    assert await place.keeps() == set()
    assert await place.asked_cold() == first


async def test_another_tenants_file_is_not_read(place: Place) -> None:
    await place.asked_cold()
    await place.files.create(OTHER)
    path = place.files.cache_folder(OTHER) / "vectors.f32"
    path.write_bytes(place.path.read_bytes())

    assert await place.cache.load(OTHER, max_exact=100) is None
