"""What every `VectorIndex` must do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.vectors import InMemoryVectorIndex
from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex
from ragtenancy.domain.errors import NotFoundError, StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex
from tests.contract.backends import Backend, Tier, params
from tests.emulators.pinecone import PaddedIndex, pinecone_rig
from tests.emulators.pinecone_cloud import NEEDS, cloud_pinecone
from tests.library import ACME, OTHER, Library, chunk_store, random_vectors, rows, scope_of, unit

EAST, NORTH, NORTHEAST = unit(1, 0), unit(0, 1), unit(1, 1)
SOUTH = unit(0, -1)


class Bed:
    """An index, two tenants' libraries, and short ways to ask."""

    def __init__(self, index: VectorIndex, acme: Library, other: Library) -> None:
        self.index = index
        self.acme = acme
        self.other = other

    async def put(self, name: str, *vectors: Vector) -> None:
        await self.acme.put_vectors(self.index, name, rows(*vectors))

    async def search(
        self,
        vector: Vector,
        *,
        limit: int = 10,
        documents: set[str] | None = None,
        manifest: Manifest | None = None,
    ) -> LegHits:
        asked = (ACME, manifest or self.acme.manifest, vector)
        allowed = None if documents is None else {DocumentId(d) for d in documents}
        found = await self.index.search(*asked, limit=limit, documents=allowed)
        await self.check_all(asked)
        return found

    async def check_all(self, asked: tuple[TenantScope, Manifest, Vector]) -> None:
        """The scores of all chunks, where they can be had at once, are those of each."""
        found = await self.index.all_scores(*asked)
        if found is not None:
            chunks = asked[1].chunk_ids(range(len(found.values)))
            scores = await self.index.score(*asked, chunks)
            assert found.values.tolist() == pytest.approx(list(scores), abs=found.slack, rel=0)
            assert len(chunks) == sum(e.total_chunks for e in asked[1].entries.values())

    async def found(self, vector: Vector, *, documents: set[str] | None = None) -> list[str]:
        return list((await self.search(vector, documents=documents)).chunk_ids)

    async def score(self, vector: Vector, chunks: list[str]) -> list[float | None]:
        ids = [ChunkId(chunk) for chunk in chunks]
        return list(await self.index.score(ACME, self.acme.manifest, vector, ids))


async def bed_of(index: VectorIndex) -> Bed:
    chunks = await chunk_store(ACME, OTHER)
    return Bed(index, Library(ACME, chunks), Library(OTHER, chunks))


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[Bed]:
    store = Memory()
    for scope in (ACME, OTHER):
        await InMemoryTenantStorage(store).create(scope)
    yield await bed_of(InMemoryVectorIndex(store))


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Bed]:
    files = TenantFiles(folder)
    try:
        for scope in (ACME, OTHER):
            await files.create(scope)
        yield await bed_of(SqliteVectorIndex(files))
    finally:
        await files.close()


@asynccontextmanager
async def pinecone(
    _folder: Path, *, lag: float = 0.0, validated: bool = True
) -> AsyncIterator[Bed]:
    async with pinecone_rig(lag=lag, validated=validated) as rig:
        for scope in (ACME, OTHER):
            await PineconeTenantStorage(rig.index).create(scope)
        yield await bed_of(PaddedIndex(rig.index, patience=rig.patience))
        assert rig.project.default_is_untouched


@asynccontextmanager
async def cloud(_folder: Path) -> AsyncIterator[Bed]:
    async with cloud_pinecone() as index:
        yield await bed_of(PaddedIndex(index))


late_pinecone = partial(pinecone, lag=30.0, validated=False)
BACKENDS = params(
    Backend(name="memory", tier=Tier.FAKE, adapter=InMemoryVectorIndex, open=memory),
    Backend(name="sqlite", tier=Tier.EMBEDDED, adapter=SqliteVectorIndex, open=sqlite),
    Backend(name="pinecone", tier=Tier.EMULATOR, adapter=PineconeVectorIndex, open=pinecone),
    Backend(
        name="pinecone-30s-late",
        tier=Tier.EMULATOR,
        adapter=PineconeVectorIndex,
        open=late_pinecone,
    ),
    Backend(name="pinecone", tier=Tier.CLOUD, adapter=PineconeVectorIndex, open=cloud, needs=NEEDS),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def bed(backend: Backend[Bed], tmp_path: Path) -> AsyncIterator[Bed]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_lists_the_nearest_first_with_their_cosines(bed: Bed) -> None:
    await bed.put("d1", EAST, NORTH)
    await bed.put("d2", NORTHEAST, SOUTH)

    hits = await bed.search(NORTH)

    (east, north), (northeast, south) = bed.acme.ids("d1"), bed.acme.ids("d2")
    assert list(hits.chunk_ids) == [north, northeast, east, south]
    assert list(hits.scores) == pytest.approx([1, 0.5**0.5, 0, -1])
    assert hits.best == hits.scores[0]


async def test_the_vectors_of_a_revision_can_be_read(bed: Bed) -> None:
    entry = await bed.acme.put_vectors(bed.index, "d1", rows(EAST, NORTH, NORTHEAST))

    read = await bed.index.read(ACME, entry.document_id, entry.revision)
    absent = await bed.index.read(ACME, entry.document_id, Revision("9-9"))

    assert read[:, :2] == pytest.approx(rows(EAST, NORTH, NORTHEAST)[:, :2], abs=1e-6)
    assert len(absent) == 0


async def test_keeps_the_limit(bed: Bed) -> None:
    await bed.put("d1", EAST, NORTH, NORTHEAST)

    hits = await bed.search(NORTH, limit=2)

    assert list(hits.chunk_ids) == [bed.acme.ids("d1")[1], bed.acme.ids("d1")[2]]


async def test_an_empty_tenant_finds_nothing(bed: Bed) -> None:
    assert await bed.search(NORTH) == LegHits(generation=0)


async def test_answers_at_the_manifests_generation(bed: Bed) -> None:
    await bed.put("d1", EAST)
    await bed.put("d2", EAST)

    assert (await bed.search(NORTH)).generation == bed.acme.manifest.generation == 2


async def test_what_is_staged_only_is_not_found(bed: Bed) -> None:
    before = bed.acme.manifest
    await bed.put("d1", NORTH)

    assert list((await bed.search(NORTH, manifest=before)).chunk_ids) == []


async def test_a_replaced_document_answers_with_its_new_vectors_alone(bed: Bed) -> None:
    await bed.put("d1", NORTH, EAST)
    old = bed.acme.ids("d1")
    await bed.search(NORTH)
    await bed.put("d1", SOUTH)

    assert await bed.found(NORTH) == bed.acme.ids("d1")
    assert await bed.score(NORTH, old) == [None, None]


async def test_a_removed_document_is_gone(bed: Bed) -> None:
    await bed.put("d1", NORTH, EAST)
    await bed.put("d2", SOUTH)
    gone = bed.acme.ids("d1")
    await bed.search(NORTH)
    bed.acme.remove("d1")

    assert await bed.found(NORTH) == bed.acme.ids("d2")
    assert await bed.score(NORTH, gone) == [None, None]


async def test_never_answers_at_an_older_generation(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    older = bed.acme.manifest
    await bed.put("d2", NORTH)
    await bed.search(NORTH)

    hits = await bed.search(NORTH, manifest=older)

    expected = {older.generation: ["d1"], bed.acme.manifest.generation: ["d1", "d2"]}
    assert [chunk.split("#")[0] for chunk in hits.chunk_ids] == expected[hits.generation]


async def test_vectors_that_are_gone_make_the_manifest_stale(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    await bed.put("d2", NORTH)
    await bed.search(NORTH)
    await bed.index.delete(ACME, DocumentId("d1"))

    with pytest.raises(StaleWriteError):
        await bed.search(NORTH)


async def test_a_deleted_document_stays_away(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    await bed.put("d2", NORTH)
    await bed.search(NORTH)
    await bed.index.delete(ACME, DocumentId("d1"))
    bed.acme.remove("d1")

    assert await bed.found(NORTH) == bed.acme.ids("d2")


async def test_equal_cosines_stand_by_document_then_ordinal(bed: Bed) -> None:
    await bed.put("d2", NORTH, NORTH)
    await bed.put("d10", NORTH)
    await bed.put("d1", NORTH)

    found = await bed.found(NORTH)

    assert found == [*bed.acme.ids("d1"), *bed.acme.ids("d10"), *bed.acme.ids("d2")]


async def test_a_filter_restricts_hits_and_best(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    await bed.put("d2", NORTHEAST, EAST)

    hits = await bed.search(NORTH, documents={"d2", "absent"})

    assert list(hits.chunk_ids) == bed.acme.ids("d2")
    assert hits.best == hits.scores[0] < 1


async def test_a_filter_that_allows_nothing_finds_nothing(bed: Bed) -> None:
    await bed.put("d1", NORTH)

    assert await bed.search(NORTH, documents=set()) == LegHits(generation=1)


async def test_counts_by_document_and_revision(bed: Bed) -> None:
    await bed.put("d1", NORTH, EAST)
    await bed.put("d1", SOUTH)

    every = await bed.index.count(ACME, DocumentId("d1"))
    first = await bed.index.count(ACME, DocumentId("d1"), Revision("1-1"))

    assert (every, first) == (3, 2)


async def test_revisions_are_listed(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    await bed.put("d1", EAST)
    await bed.put("d2", SOUTH)

    of_one = await bed.index.revisions(ACME, DocumentId("d1"))
    of_all = await bed.index.revisions(ACME)

    assert [document_id for document_id, _ in of_one] == ["d1", "d1"]
    assert sorted({document_id for document_id, _ in of_all}) == ["d1", "d2"]
    assert len(of_all) == 3


async def test_deletes_one_revision_or_all(bed: Bed) -> None:
    await bed.put("d1", NORTH, EAST)
    await bed.put("d1", SOUTH)

    first = await bed.index.delete(ACME, DocumentId("d1"), Revision("1-1"))
    again = await bed.index.delete(ACME, DocumentId("d1"), Revision("1-1"))
    found = await bed.found(SOUTH)
    rest = await bed.index.delete(ACME, DocumentId("d1"))

    assert (first, again, rest) == (2, 0, 1)
    assert found == bed.acme.ids("d1")


async def test_staging_again_replaces(bed: Bed) -> None:
    key = (DocumentId("d1"), Revision("1-1"))
    await bed.index.stage(ACME, *key, rows(NORTH, EAST))
    await bed.index.stage(ACME, *key, rows(SOUTH))

    assert await bed.index.count(ACME, *key) == 1


async def test_keeps_a_copy_of_what_is_staged(bed: Bed) -> None:
    vectors = rows(NORTH)
    await bed.acme.put_vectors(bed.index, "d1", vectors)
    vectors[:] = 0

    assert await bed.score(NORTH, bed.acme.ids("d1")) == [1.0]


async def test_a_document_without_chunks_is_fine(bed: Bed) -> None:
    await bed.acme.put_vectors(bed.index, "d1", np.empty((0, 2), np.float32))
    await bed.put("d2", NORTH)

    assert await bed.found(NORTH) == bed.acme.ids("d2")


async def test_a_dropped_tenant_holds_nothing(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    await bed.search(NORTH)

    await bed.index.drop(ACME)
    await bed.index.drop(ACME)

    assert await bed.index.count(ACME, DocumentId("d1")) == 0
    assert (
        list((await bed.search(NORTH, manifest=Manifest(generation=2, entries={}))).chunk_ids) == []
    )


async def test_dropping_an_absent_tenant_is_fine(bed: Bed) -> None:
    await bed.index.drop(scope_of("absent"))


async def test_a_late_write_makes_no_tenant(bed: Bed) -> None:
    with pytest.raises(NotFoundError):
        await bed.index.stage(scope_of("absent"), DocumentId("d1"), Revision("1-1"), rows(NORTH))


async def test_tenants_see_their_own_vectors_only(bed: Bed) -> None:
    await bed.put("d1", EAST)
    await bed.other.put_vectors(bed.index, "d1", rows(NORTH))
    await bed.index.delete(OTHER, DocumentId("d1"))

    assert list((await bed.search(EAST)).scores) == [1.0]


async def test_searches_beside_each_other_agree(bed: Bed) -> None:
    await bed.put("d1", NORTH, EAST)

    answers = await asyncio.gather(*(bed.search(NORTHEAST) for _ in range(8)))

    assert answers == [answers[0]] * 8


async def test_a_cancelled_search_leaves_the_index_usable(bed: Bed) -> None:
    await bed.put("d1", NORTH)
    search = asyncio.create_task(bed.search(NORTH))
    await asyncio.sleep(0)
    search.cancel()
    await asyncio.wait([search])

    assert await bed.found(NORTH) == bed.acme.ids("d1")


PROPERTY = settings(  # the backend is only data: every example opens it anew
    max_examples=int(os.environ.get("RAGTENANCY_EXAMPLES", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAMES = st.sampled_from(["d1", "d2", "d3"])
STEPS = st.lists(st.tuples(NAMES, st.none() | st.integers(0, 60)), max_size=6)
SEEDS = st.integers(0, 1_000)
Step = tuple[str, int | None]


async def step(index: VectorIndex, library: Library, change: Step, seed: int) -> None:
    name, count = change
    if count is not None:
        await library.put_vectors(index, name, random_vectors(seed, count))
    elif name in library.manifest.entries:
        library.remove(name)


ROUNDING = 1e-5  # of the cosine of vectors whose numbers a store returns within 1e-6


def every_cosine(stored: dict[str, Vectors], vector: Vector) -> list[tuple[float, str]]:
    """Return the plain form: one row at a time, sorted."""
    scored = [
        (-float(np.vecdot(row.astype(np.float64), vector.astype(np.float64))), f"{key}#{at:06d}")
        for key, vectors in stored.items()
        for at, row in enumerate(vectors)
    ]
    return sorted(scored)


def in_fresh_bed(backend: Backend[Bed], work: Callable[[Bed], Awaitable[None]]) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with backend.open(Path(folder)) as bed:
                await work(bed)

    asyncio.run(run())


@PROPERTY
@given(steps=STEPS, seed=SEEDS, limit=st.integers(1, 40), narrow=st.none() | st.sets(NAMES))
def test_finds_what_reading_every_vector_finds(
    backend: Backend[Bed], steps: list[Step], seed: int, limit: int, narrow: set[str] | None
) -> None:
    query = random_vectors(seed, 1)[0]

    async def work(bed: Bed) -> None:
        kept: dict[str, Vectors] = {}
        for at, change in enumerate(steps):
            await step(bed.index, bed.acme, change, seed + at)
            kept[change[0]] = random_vectors(seed + at, change[1] or 0)
            await bed.search(query, limit=limit)
        hits = await bed.search(query, limit=limit, documents=narrow)
        stored = {
            f"{d}#{entry.revision}": kept[d]
            for d, entry in bed.acme.manifest.entries.items()
            if narrow is None or d in narrow
        }
        every = {chunk: -score for score, chunk in every_cosine(stored, query)}
        found = hits.by_chunk()
        best = sorted(every.values(), reverse=True)[:limit]
        assert [found[chunk] for chunk in hits.chunk_ids] == pytest.approx(best, abs=ROUNDING)
        assert dict(found) == pytest.approx({c: every[c] for c in found}, abs=ROUNDING)
        scores = await bed.score(query, list(every))
        assert scores == pytest.approx(list(every.values()), abs=ROUNDING)

    in_fresh_bed(backend, work)


@PROPERTY
@given(mine=STEPS, theirs=STEPS, seed=SEEDS)
def test_another_tenant_changes_nothing(
    backend: Backend[Bed], mine: list[Step], theirs: list[Step], seed: int
) -> None:
    query = random_vectors(seed, 1)[0]

    async def work(bed: Bed) -> None:
        for change in mine:
            await step(bed.index, bed.acme, change, seed)
        alone = await bed.search(query)
        for change in theirs:
            await step(bed.index, bed.other, change, seed + 1)
            await bed.index.search(OTHER, bed.other.manifest, query, limit=5)
        assert await bed.search(query) == alone

    in_fresh_bed(backend, work)
