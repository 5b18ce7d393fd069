"""Queries over many pages on a slow and throttled Cosmos DB: each page has its own time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec import Struct, structs

from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.adapters.cosmos.traffic import BULK, INTERACTIVE
from ragtenancy.domain.errors import UnavailableError
from tests.cloud.gateway import Throttling
from tests.emulators.cosmos import KEY, cosmos_database
from tests.emulators.gateway import running
from tests.factories import ACME, DOCUMENT_ID, REVISION, chunk

pytestmark = pytest.mark.emulator

CHUNKS = [chunk(n) for n in range(360)]
PAGE = 24
SECONDS = 2.5  # for a page; all of them take at least 3 s


class Rig(Struct, frozen=True, kw_only=True):
    """A client of fifteen pages of chunks, behind a gateway."""

    way: Throttling
    cosmos: Cosmos
    chunks: CosmosChunkRepository


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with cosmos_database() as opened:
        endpoint = (await opened.client()).client_connection.url_connection
        await CosmosTenantStorage(opened).create(ACME)
        await CosmosChunkRepository(opened).stage(ACME, DOCUMENT_ID, REVISION, CHUNKS)
        with running(Throttling(endpoint, delay=0.2, every=5)) as way:
            cosmos = Cosmos(
                way.endpoint,
                KEY,
                opened.database_name,
                interactive=structs.replace(INTERACTIVE, seconds=SECONDS),
                bulk=structs.replace(BULK, seconds=SECONDS),
                page_items=PAGE,
            )
            yield Rig(way=way, cosmos=cosmos, chunks=CosmosChunkRepository(cosmos))
            await cosmos.close()


async def test_a_list_of_many_pages_is_whole_and_no_page_is_read_twice(rig: Rig) -> None:
    read = await rig.chunks.of_revision(ACME, DOCUMENT_ID, REVISION)

    assert list(read) == CHUNKS
    assert rig.way.pages == 15 + rig.way.pages // 5


async def test_a_deletion_that_was_interrupted_goes_on_with_the_rest(rig: Rig) -> None:
    impatient = Cosmos(
        rig.way.endpoint,
        KEY,
        rig.cosmos.database_name,
        bulk=structs.replace(BULK, patience=0.0),
        page_items=PAGE,
    )
    with pytest.raises(UnavailableError):  # at the fifth page
        await CosmosTenantStorage(impatient).drop(ACME)
    await impatient.close()
    left = await rig.chunks.count(ACME, DOCUMENT_ID)

    await CosmosTenantStorage(rig.cosmos).drop(ACME)

    assert 0 < left < len(CHUNKS)
    assert await rig.chunks.count(ACME, DOCUMENT_ID) == 0


async def test_many_chunks_are_read_by_id_with_in(rig: Rig) -> None:
    wanted = [each.chunk_id for each in CHUNKS[:120]]

    found = await rig.chunks.get(ACME, wanted)

    assert [each.chunk_id for each in found if each] == wanted
    assert all("c.id IN (@id0, @id1" in text for text in rig.way.queries)
