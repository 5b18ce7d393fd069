"""What every `SentenceVectorCache` does."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.memory.vectors import InMemorySentenceVectorCache
from ragtenancy.adapters.sqlite.vector_cache import SqliteSentenceVectorCache
from ragtenancy.domain.errors import IsolationBreach, NotFoundError
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache
from tests.contract.houses import House, in_houses
from tests.factories import ACME, DOCUMENT_ID, GLOBEX, REVISION, chunk, scope

BACKENDS = in_houses(InMemorySentenceVectorCache, SqliteSentenceVectorCache)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

NEXT = Revision("2-1")
OTHER = DocumentId("doc_other")


def key(
    name: bytes = b"a", document_id: DocumentId = DOCUMENT_ID, revision: Revision = REVISION
) -> SentenceKey:
    return SentenceKey(document_id, revision, name)


async def stage(
    house: House,
    owner: TenantScope = ACME,
    document_id: DocumentId = DOCUMENT_ID,
    revision: Revision = REVISION,
) -> None:
    chunks = [chunk(0, document_id=document_id, revision=revision)]
    await house.chunks.stage(owner, document_id, revision, chunks)


async def counted(house: House, owner: TenantScope) -> int:
    return (await house.storage.census(owner))["sentence_vectors"]


@pytest.fixture
async def vectors(house: House) -> SentenceVectorCache:
    """The cache, and a document of one revision at each of two tenants."""
    assert house.sentence_vectors is not None
    await stage(house)
    await stage(house, GLOBEX)
    return house.sentence_vectors


async def test_only_what_is_there_is_returned(vectors: SentenceVectorCache) -> None:
    await vectors.put(ACME, {key(b"a"): b"1", key(b"b"): b"2"})

    assert await vectors.get(ACME, [key(b"b"), key(b"a"), key(b"c")]) == {
        key(b"b"): b"2",
        key(b"a"): b"1",
    }


async def test_a_newer_vector_replaces(vectors: SentenceVectorCache) -> None:
    await vectors.put(ACME, {key(): b"1"})

    await vectors.put(ACME, {key(): b"2"})

    assert await vectors.get(ACME, [key()]) == {key(): b"2"}


async def test_putting_and_getting_nothing_is_fine(vectors: SentenceVectorCache) -> None:
    await vectors.put(ACME, {})

    assert await vectors.get(ACME, []) == {}


async def test_revisions_and_documents_are_apart(
    house: House, vectors: SentenceVectorCache
) -> None:
    await stage(house, revision=NEXT)
    await stage(house, document_id=OTHER)

    await vectors.put(ACME, {key(): b"1"})

    assert await vectors.get(ACME, [key(revision=NEXT), key(document_id=OTHER)]) == {}


async def test_one_text_of_two_tenants_is_kept_twice(
    house: House, vectors: SentenceVectorCache
) -> None:
    await vectors.put(ACME, {key(): b"1"})
    await vectors.put(GLOBEX, {key(): b"2"})

    assert await vectors.get(ACME, [key()]) == {key(): b"1"}
    assert await vectors.get(GLOBEX, [key()]) == {key(): b"2"}
    assert (await counted(house, ACME), await counted(house, GLOBEX)) == (1, 1)


async def test_they_go_with_the_chunks_of_their_revision(
    house: House, vectors: SentenceVectorCache
) -> None:
    await stage(house, revision=NEXT)
    await vectors.put(ACME, {key(): b"1", key(revision=NEXT): b"2"})

    await house.chunks.delete(ACME, DOCUMENT_ID, REVISION)

    assert await vectors.get(ACME, [key(), key(revision=NEXT)]) == {key(revision=NEXT): b"2"}
    assert await counted(house, ACME) == 1


async def test_they_go_with_their_document_and_leave_other_tenants_alone(
    house: House, vectors: SentenceVectorCache
) -> None:
    await vectors.put(ACME, {key(): b"1"})
    await vectors.put(GLOBEX, {key(): b"1"})

    await house.chunks.delete(ACME, DOCUMENT_ID)

    assert (await counted(house, ACME), await counted(house, GLOBEX)) == (0, 1)


async def test_staging_chunks_anew_removes_them(house: House, vectors: SentenceVectorCache) -> None:
    await vectors.put(ACME, {key(): b"1"})

    await stage(house)

    assert await vectors.get(ACME, [key()]) == {}


async def test_they_go_when_every_chunk_is_dropped(
    house: House, vectors: SentenceVectorCache
) -> None:
    await vectors.put(ACME, {key(): b"1"})

    await house.chunks.drop(ACME)

    assert await counted(house, ACME) == 0


async def test_they_go_with_their_tenant(house: House, vectors: SentenceVectorCache) -> None:
    await vectors.put(ACME, {key(): b"1"})

    await house.storage.drop(ACME)

    assert await counted(house, ACME) == 0


async def test_a_late_write_brings_no_deleted_revision_back(
    house: House, vectors: SentenceVectorCache
) -> None:
    await house.chunks.delete(ACME, DOCUMENT_ID)

    await vectors.put(ACME, {key(): b"1"})

    assert await counted(house, ACME) == 0


async def test_what_is_misfiled_is_a_breach(house: House, vectors: SentenceVectorCache) -> None:
    await vectors.put(ACME, {key(): b"1"})

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await vectors.get(GLOBEX, [key()])


async def test_without_a_container_nothing_is_kept(vectors: SentenceVectorCache) -> None:
    with pytest.raises(NotFoundError):
        await vectors.put(scope("nobody"), {key(): b"1"})
