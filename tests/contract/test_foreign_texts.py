"""What a chunk store does for vectors that came from elsewhere with their texts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.pinecone.chunks import PineconeChunkRepository
from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces
from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
from ragtenancy.adapters.pinecone.records import Record
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import BackendTimeoutError, IsolationBreach, StaleWriteError
from ragtenancy.domain.ids import ChunkId, DocumentId, Fingerprint, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.ports.chunks import ChunkRepository
from tests.contract.backends import Backend, Tier, params
from tests.emulators.pinecone import Rig, pinecone_rig
from tests.emulators.pinecone_state import Fault
from tests.library import ACME, Library, chunk_store, random_vectors

DOCUMENT, REVISION = DocumentId("guide"), Revision("1-1")
TEXTS = [f"Chapter {number} tells of rotors." for number in range(120)]


class Shelf(Struct, frozen=True, kw_only=True):
    """The chunk store, the plain one beneath it, and what is behind."""

    chunks: ChunkRepository
    beneath: ChunkRepository
    rig: Rig

    async def bring(self, texts: list[str], *, owner: str = ACME.tenant_uid) -> None:
        """Put records into the namespace as a copy of another installation's has them."""
        vectors = random_vectors(1, len(texts))
        records = [
            Record(
                id=f"{DOCUMENT}#{REVISION}#{at:06d}",
                values=row,
                metadata={"text": text, "section": "Guide > Parts", "tenant_uid": owner, "page": 3},
            )
            for at, (text, row) in enumerate(zip(texts, vectors, strict=True))
        ]
        await PineconeForeignNamespaces(self.rig.index).write(ACME.namespace, records)
        self.rig.project.calls.clear()


@asynccontextmanager
async def pinecone(_folder: Path) -> AsyncIterator[Shelf]:
    async with pinecone_rig() as rig:
        await PineconeTenantStorage(rig.index).create(ACME)
        beneath = await chunk_store(ACME)
        chunks = PineconeChunkRepository(beneath, rig.index)
        yield Shelf(chunks=chunks, beneath=beneath, rig=rig)
        await chunks.close()


BACKENDS = params(
    Backend[Shelf](
        name="pinecone", tier=Tier.EMULATOR, adapter=PineconeChunkRepository, open=pinecone
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def shelf(backend: Backend[Shelf], tmp_path: Path) -> AsyncIterator[Shelf]:
    async with backend.open(tmp_path) as opened:
        yield opened


def manifest(total: int) -> Manifest:
    entry = ManifestEntry(
        document_id=DOCUMENT,
        revision=REVISION,
        filename="guide.txt",
        version=1,
        total_chunks=total,
        embedding_fingerprint=Fingerprint("test"),
    )
    return Manifest(generation=1, entries={DOCUMENT: entry})


async def test_a_revision_is_listed_and_fetched(shelf: Shelf) -> None:
    await shelf.bring(TEXTS)

    chunks = await shelf.chunks.of_revision(ACME, DOCUMENT, REVISION)

    assert [chunk.text for chunk in chunks] == TEXTS
    assert (chunks[0].section, chunks[0].page) == (("Guide", "Parts"), 3)
    assert sorted(shelf.rig.project.calls) == ["fetch", "fetch", "list", "list"]


async def test_chunks_come_one_by_one_too(shelf: Shelf) -> None:
    await shelf.bring(TEXTS[:3])
    second = ChunkId("guide#1-1#000001")

    found = await shelf.chunks.get(ACME, [second, ChunkId("absent#1-1#000000")])
    near = await shelf.chunks.neighbours(ACME, [chunk for chunk in found if chunk], 3)
    page = await shelf.chunks.page(ACME, DOCUMENT, REVISION, limit=2)

    assert [chunk and chunk.text for chunk in found] == [TEXTS[1], None]
    assert near == ()
    assert [chunk.text for chunk in page.items] == TEXTS[:2]
    assert page.next is not None


async def test_what_the_store_holds_asks_pinecone_nothing(shelf: Shelf) -> None:
    library = Library(ACME, shelf.chunks)
    entry = await library.put("d1", "one", "two")
    shelf.rig.project.calls.clear()

    chunks = await shelf.chunks.of_revision(ACME, entry.document_id, entry.revision)

    assert [chunk.text for chunk in chunks] == ["one", "two"]
    assert shelf.rig.project.calls == []


async def test_vectors_without_texts_are_no_chunks(shelf: Shelf) -> None:
    await shelf.bring([""] * 3)

    assert list(await shelf.chunks.of_revision(ACME, DOCUMENT, REVISION)) == []


async def test_anothers_texts_are_an_alarm(shelf: Shelf) -> None:
    await shelf.bring(TEXTS[:3], owner="t" + "z" * 26)

    with pytest.raises(IsolationBreach):
        await shelf.chunks.of_revision(ACME, DOCUMENT, REVISION)


async def test_bm25_finds_them(shelf: Shelf) -> None:
    await shelf.bring([*TEXTS, "The turbine stands still."])
    bm25 = Bm25Index(shelf.chunks, SnowballAnalyzer())

    hits = await bm25.search(ACME, manifest(121), "turbine", language="english", limit=3)

    assert list(hits.chunk_ids) == ["guide#1-1#000120"]


async def test_bm25_is_late_not_wrong_when_a_reading_stops_half_way(shelf: Shelf) -> None:
    await shelf.bring(TEXTS)
    shelf.rig.project.faults.append(Fault("short", "fetch"))
    bm25 = Bm25Index(shelf.chunks, SnowballAnalyzer())

    with pytest.raises(StaleWriteError):
        await bm25.search(ACME, manifest(120), "rotors", language="english", limit=3)


async def test_a_reading_goes_on_when_its_asker_gives_up(shelf: Shelf) -> None:
    await shelf.bring(TEXTS)
    asker = asyncio.create_task(shelf.chunks.of_revision(ACME, DOCUMENT, REVISION))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asker.cancel()
    await asyncio.wait([asker])

    chunks = await shelf.chunks.of_revision(ACME, DOCUMENT, REVISION)

    assert len(chunks) == 120
    assert sorted(shelf.rig.project.calls) == ["fetch", "fetch", "list", "list"]


async def test_a_reading_past_its_time_is_a_timeout(shelf: Shelf) -> None:
    await shelf.bring(TEXTS)
    hurried = PineconeChunkRepository(shelf.beneath, shelf.rig.index, seconds=0.0)

    with pytest.raises(BackendTimeoutError):
        await hurried.of_revision(ACME, DOCUMENT, REVISION)
