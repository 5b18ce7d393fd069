"""What every `ChunkRepository` does."""

from __future__ import annotations

import asyncio

import pytest

from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
from ragtenancy.adapters.memory.documents import InMemoryChunkRepository
from ragtenancy.adapters.sqlite.chunks import SqliteChunkRepository
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import IsolationBreach, MalformedError, NotFoundError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.pages import Cursor
from ragtenancy.ports.chunks import ChunkRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, DOCUMENT_ID, GLOBEX, REVISION, chunk, scope

BACKENDS = [
    *in_houses(InMemoryChunkRepository, SqliteChunkRepository),
    *on_cosmos(CosmosChunkRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

FIVE = tuple(chunk(ordinal) for ordinal in range(5))
NEXT = Revision("2-1")
OTHER = DocumentId("doc_other")


@pytest.fixture
def chunks(house: House) -> ChunkRepository:
    return house.chunks


async def stage(
    chunks: ChunkRepository,
    count: int = 5,
    document_id: DocumentId = DOCUMENT_ID,
    revision: Revision = REVISION,
) -> tuple[Chunk, ...]:
    staged = tuple(chunk(n, document_id=document_id, revision=revision) for n in range(count))
    await chunks.stage(ACME, document_id, revision, staged)
    return staged


async def test_what_is_absent_is_empty(chunks: ChunkRepository) -> None:
    assert await chunks.get(ACME, [FIVE[0].chunk_id]) == (None,)
    assert await chunks.of_revision(ACME, DOCUMENT_ID, REVISION) == ()
    assert await chunks.revisions(ACME) == ()
    assert await chunks.count(ACME, DOCUMENT_ID) == 0


async def test_chunks_come_out_as_they_went_in_by_ordinal(chunks: ChunkRepository) -> None:
    await chunks.stage(ACME, DOCUMENT_ID, REVISION, FIVE[::-1])

    assert await chunks.of_revision(ACME, DOCUMENT_ID, REVISION) == FIVE


async def test_chunks_are_given_in_the_order_asked_for(chunks: ChunkRepository) -> None:
    await stage(chunks)
    wanted = [FIVE[3].chunk_id, ChunkId("doc_guide#9-9#000000"), FIVE[0].chunk_id]

    found = await chunks.get(ACME, [*wanted, ChunkId("no chunk id"), FIVE[3].chunk_id])

    assert found == (FIVE[3], None, FIVE[0], None, FIVE[3])


@pytest.mark.parametrize(
    ("reach", "expected"), [(0, {}), (1, {3, 5}), (2, {2, 3, 5}), (9, {2, 3, 5})]
)
async def test_neighbours_are_near_and_of_the_same_section(
    chunks: ChunkRepository, reach: int, expected: set[int]
) -> None:
    sections = [0, 0, 1, 1, 1, 1, 2]
    staged = [chunk(n, section_ordinal=section) for n, section in enumerate(sections)]
    await chunks.stage(ACME, DOCUMENT_ID, REVISION, staged)
    await stage(chunks, document_id=DocumentId("doc_other"))

    near = await chunks.neighbours(ACME, [staged[4]], reach)

    assert {found.ordinal for found in near} - {4} == set(expected)
    assert all(found == staged[found.ordinal] for found in near)


async def test_neighbours_of_several_chunks_come_together(chunks: ChunkRepository) -> None:
    one, other = await stage(chunks), await stage(chunks, document_id=DocumentId("doc_other"))

    near = await chunks.neighbours(ACME, [one[0], one[3], other[2]], 1)

    assert {one[1], one[2], other[3]} <= set(near) <= {*one[:4], *other[2:4]}


async def test_what_is_absent_has_no_neighbours(chunks: ChunkRepository) -> None:
    assert await chunks.neighbours(ACME, [FIVE[2]], 3) == ()


async def test_staging_again_replaces(chunks: ChunkRepository) -> None:
    await stage(chunks, 5)

    await stage(chunks, 2)

    assert await chunks.of_revision(ACME, DOCUMENT_ID, REVISION) == FIVE[:2]


async def test_staging_nothing_leaves_no_revision(chunks: ChunkRepository) -> None:
    await stage(chunks, 5)

    await stage(chunks, 0)

    assert await chunks.revisions(ACME) == ()


async def test_a_revision_does_not_touch_another(chunks: ChunkRepository) -> None:
    await stage(chunks)

    await stage(chunks, 2, revision=NEXT)

    assert await chunks.of_revision(ACME, DOCUMENT_ID, REVISION) == FIVE
    assert await chunks.count(ACME, DOCUMENT_ID) == 7
    assert await chunks.count(ACME, DOCUMENT_ID, NEXT) == 2


async def test_revisions_are_listed(chunks: ChunkRepository) -> None:
    await stage(chunks)
    await stage(chunks, revision=NEXT)
    await stage(chunks, document_id=OTHER)

    assert await chunks.revisions(ACME, DOCUMENT_ID) == (
        (DOCUMENT_ID, REVISION),
        (DOCUMENT_ID, NEXT),
    )
    assert len(await chunks.revisions(ACME)) == 3


async def test_pages_go_by_ordinal(chunks: ChunkRepository) -> None:
    await stage(chunks)

    first = await chunks.page(ACME, DOCUMENT_ID, REVISION, limit=3)
    second = await chunks.page(ACME, DOCUMENT_ID, REVISION, after=first.next, limit=3)

    assert (*first.items, *second.items) == FIVE
    assert second.next is None


async def test_a_bad_cursor_is_malformed(chunks: ChunkRepository) -> None:
    with pytest.raises(MalformedError):
        await chunks.page(ACME, DOCUMENT_ID, REVISION, after=Cursor("LTE"))


async def test_deleting_a_revision_leaves_the_others(chunks: ChunkRepository) -> None:
    await stage(chunks)
    await stage(chunks, revision=NEXT)

    assert await chunks.delete(ACME, DOCUMENT_ID, NEXT) == 5
    assert await chunks.delete(ACME, DOCUMENT_ID, NEXT) == 0
    assert await chunks.revisions(ACME) == ((DOCUMENT_ID, REVISION),)


async def test_deleting_a_document_takes_its_revisions(chunks: ChunkRepository) -> None:
    await stage(chunks)
    await stage(chunks, 1, revision=NEXT)
    await stage(chunks, document_id=OTHER)

    assert await chunks.delete(ACME, DOCUMENT_ID) == 6
    assert await chunks.count(ACME, OTHER) == 5


async def test_tenants_do_not_see_each_others_chunks(chunks: ChunkRepository) -> None:
    await stage(chunks)
    theirs = (chunk(0, text="theirs"),)
    await chunks.stage(GLOBEX, DOCUMENT_ID, REVISION, theirs)

    await chunks.drop(ACME)

    assert await chunks.revisions(ACME) == ()
    assert await chunks.get(GLOBEX, [FIVE[0].chunk_id, FIVE[1].chunk_id]) == (theirs[0], None)


async def test_what_is_misfiled_is_a_breach(house: House) -> None:
    await stage(house.chunks)
    await house.chunks.revisions(GLOBEX)

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.chunks.get(GLOBEX, [FIVE[0].chunk_id])
    with pytest.raises(IsolationBreach):
        await house.chunks.of_revision(GLOBEX, DOCUMENT_ID, REVISION)


async def test_without_a_container_nothing_is_staged(chunks: ChunkRepository) -> None:
    nobody = scope("nobody")

    with pytest.raises(NotFoundError):
        await chunks.stage(nobody, DOCUMENT_ID, REVISION, FIVE)

    await chunks.drop(nobody)


async def test_a_cancelled_stage_is_whole_or_not_there(chunks: ChunkRepository) -> None:
    task = asyncio.create_task(stage(chunks))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    await stage(chunks, 1, document_id=OTHER)

    assert await chunks.count(ACME, DOCUMENT_ID) in {0, 5}
    assert await chunks.count(ACME, OTHER) == 1
