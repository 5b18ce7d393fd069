"""Replicas that write at once, and one that follows the manifest meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import EMPTY, Manifest
from tests.emulators.cosmos import cosmos_database, require_cosmos
from tests.factories import ACME, active_document, active_version

pytestmark = pytest.mark.emulator

NAMES = st.sampled_from("ab")
KINDS = st.sampled_from(["add", "save", "remove"])
WRITERS = st.lists(
    st.lists(st.tuples(KINDS, NAMES), min_size=1, max_size=3), min_size=2, max_size=3
)
LOST = (AlreadyExistsError, StaleWriteError, UnavailableError)


async def write(database: Cosmos, kind: str, name: str) -> None:
    """Do one write, which may lose against another."""
    documents = CosmosDocumentRepository(database)
    with suppress(*LOST):
        if kind == "add":
            await documents.add(ACME, active_document(document_id=name))
        elif kind == "remove":
            await documents.remove(ACME, DocumentId(name))
        elif (stored := await documents.get(ACME, DocumentId(name))) and stored.active:
            version = stored.active.upload.version + 1
            newer = active_document(
                document_id=name, active=active_version(version), version=stored.version
            )
            await documents.save(ACME, newer)


async def write_all(database: Cosmos, writes: Sequence[tuple[str, str]]) -> None:
    for kind, name in writes:
        await write(database, kind, name)


async def follow(database: Cosmos, seen: dict[int, Manifest], known: Manifest) -> Manifest:
    """Read the difference once; a generation is the same for whoever reads it."""
    documents = CosmosDocumentRepository(database)
    now = known.applied(await documents.manifest(ACME, since=known.generation))
    assert now.generation >= known.generation
    assert seen.setdefault(now.generation, now) == now
    return now


async def race(writers: Sequence[Sequence[tuple[str, str]]]) -> None:
    async with cosmos_database() as database:
        await CosmosTenantStorage(database).create(ACME)
        seen: dict[int, Manifest] = {}
        writing = [asyncio.ensure_future(write_all(database, writes)) for writes in writers]
        known = EMPTY
        while not all(task.done() for task in writing):
            with suppress(UnavailableError):
                known = await follow(database, seen, known)
                await follow(database, seen, EMPTY)
        await asyncio.gather(*writing)
        assert await follow(database, seen, known) == await follow(database, seen, EMPTY)


@settings(max_examples=12, deadline=None)
@given(WRITERS)
def test_a_generation_is_the_same_manifest_for_everybody(
    writers: Sequence[Sequence[tuple[str, str]]],
) -> None:
    require_cosmos()

    asyncio.run(race(writers))
