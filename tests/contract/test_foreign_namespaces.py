"""What every `ForeignNamespaces` does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from ragtenancy.adapters.memory.foreign_namespaces import InMemoryForeignNamespaces
from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces
from ragtenancy.app.migration.copy_verification import equal_vectors
from ragtenancy.domain.ids import DocumentId, Namespace, Revision, chunk_id
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord, Placed
from tests.contract.backends import Backend, Tier, params
from tests.emulators.pinecone import DIMENSION, pinecone_rig
from tests.library import ACME, random_vectors

OLD = Namespace("__default__")
REVISION = Revision("1-1")
GUIDE = DocumentId("doc_guide")


@asynccontextmanager
async def pinecone(_folder: Path) -> AsyncIterator[ForeignNamespaces]:
    async with pinecone_rig() as rig:
        yield PineconeForeignNamespaces(rig.index)


@asynccontextmanager
async def memory(_folder: Path) -> AsyncIterator[ForeignNamespaces]:
    yield InMemoryForeignNamespaces()


BACKENDS = params(
    Backend[ForeignNamespaces](
        name="memory", tier=Tier.FAKE, adapter=InMemoryForeignNamespaces, open=memory
    ),
    Backend[ForeignNamespaces](
        name="pinecone", tier=Tier.EMULATOR, adapter=PineconeForeignNamespaces, open=pinecone
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def foreign(
    backend: Backend[ForeignNamespaces], tmp_path: Path
) -> AsyncIterator[ForeignNamespaces]:
    async with backend.open(tmp_path) as opened:
        yield opened


def records(count: int) -> Sequence[ForeignRecord]:
    rows = random_vectors(DIMENSION, count)
    return [
        ForeignRecord(id=f"old-{at:03d}", values=row, metadata={"text": f"text {at}"})
        for at, row in enumerate(rows)
    ]


def same(found: Sequence[ForeignRecord], expected: Sequence[ForeignRecord]) -> bool:
    """Compare records; their vectors as a store that rounds returns them."""
    facts = [[(record.id, record.metadata) for record in each] for each in (found, expected)]
    pairs = zip(found, expected, strict=False)
    return facts[0] == facts[1] and all(equal_vectors(a.values, b.values) for a, b in pairs)


async def test_pages_hold_every_record_in_order(foreign: ForeignNamespaces) -> None:
    await foreign.write(OLD, records(130))

    pages = [page async for page in foreign.pages(OLD, after=None)]
    rest = [page async for page in foreign.pages(OLD, after=pages[0].next)]

    assert same([r for page in pages for r in page.records], records(130))
    assert same(
        [r for page in rest for r in page.records],
        [r for page in pages[1:] for r in page.records],
    )
    assert pages[-1].next is None


async def test_an_adopted_record_is_a_chunk_and_keeps_its_metadata(
    foreign: ForeignNamespaces,
) -> None:
    placed = [
        Placed(record=record, document_id=GUIDE, revision=REVISION, ordinal=ordinal)
        for ordinal, record in enumerate(records(2))
    ]

    await foreign.adopt(ACME, placed)

    ids = [str(chunk_id(GUIDE, REVISION, ordinal)) for ordinal in range(2)]
    found = await foreign.fetch(ACME.namespace, ids)
    assert sorted(found) == ids
    assert [found[i].metadata["text"] for i in ids] == ["text 0", "text 1"]
    assert {found[i].metadata["tenant_uid"] for i in ids} == {ACME.tenant_uid}


async def test_deleted_records_are_gone(foreign: ForeignNamespaces) -> None:
    await foreign.write(OLD, records(3))

    await foreign.delete(OLD, ["old-001", "absent"])

    assert sorted(await foreign.fetch(OLD, ["old-000", "old-001", "old-002"])) == [
        "old-000",
        "old-002",
    ]


async def test_the_nearest_come_best_first(foreign: ForeignNamespaces) -> None:
    await foreign.write(OLD, records(30))
    rows = random_vectors(DIMENSION, 30)
    cosines = rows @ rows[7] / np.linalg.norm(rows, axis=1)

    found = await foreign.nearest(OLD, rows[7], 5)

    assert [record.id for record in found] == [f"old-{at:03d}" for at in np.argsort(-cosines)[:5]]
    assert same(found[:1], records(30)[7:8])
    assert len(await foreign.nearest(OLD, rows[7], 99)) == 30


async def test_nothing_is_near_in_an_empty_namespace(foreign: ForeignNamespaces) -> None:
    assert await foreign.nearest(Namespace("empty"), random_vectors(DIMENSION, 1)[0], 5) == []
