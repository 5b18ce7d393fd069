"""Copying a namespace that came from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces, adopted
from ragtenancy.adapters.pinecone.records import Record
from ragtenancy.app.migration.copy_verification import equal_vectors
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.ids import Namespace
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignPage, ForeignRecord
from tests.library import ACME, random_vectors
from tests.unit.adapters.pinecone.scenes import QUESTION, scene

OLD = [
    Record(id=f"old-{at:03d}", values=row, metadata={"text": f"text {at}", "tags": ["a", "b"]})
    for at, row in enumerate(random_vectors(5, 230))
]


async def read(pages: PineconeForeignNamespaces, after: str | None = None) -> list[ForeignPage]:
    return [page async for page in pages.pages(DEFAULT_NAMESPACE, after=after)]


def same(one: Sequence[ForeignRecord], other: Sequence[ForeignRecord]) -> bool:
    facts = [[(r.id, r.metadata) for r in records] for records in (one, other)]
    values = zip(one, other, strict=False)
    return facts[0] == facts[1] and all(equal_vectors(a.values, b.values) for a, b in values)


async def test_every_record_is_read_as_it_was_written() -> None:
    async with scene(validated=True) as at:
        pages = PineconeForeignNamespaces(at.index)
        await pages.write(DEFAULT_NAMESPACE, OLD)

        found = await read(pages)

        assert [len(page.records) for page in found] == [100, 100, 30]
        assert same([record for page in found for record in page.records], OLD)


async def test_reading_goes_on_where_it_was_interrupted() -> None:
    async with scene() as at:
        pages = PineconeForeignNamespaces(at.index)
        await pages.write(DEFAULT_NAMESPACE, OLD)
        first = (await read(pages))[0]

        rest = await read(pages, first.next)

        assert same([r for page in (first, *rest) for r in page.records], OLD)


async def test_an_empty_namespace_is_one_empty_page() -> None:
    async with scene() as at:
        assert await read(PineconeForeignNamespaces(at.index)) == [ForeignPage(records=[])]


async def test_an_adopted_record_is_found_and_keeps_its_metadata() -> None:
    async with scene() as at:
        entry = await at.library.put_vectors(at.vectors, "d9", random_vectors(5, 2))
        own = [
            adopted(record, ACME, entry.document_id, entry.revision, ordinal)
            for ordinal, record in enumerate(OLD[:2])
        ]
        await PineconeForeignNamespaces(at.index).write(ACME.namespace, own)

        found = await at.search(20)
        held = await PineconeForeignNamespaces(at.index).fetch(ACME.namespace, at.library.ids("d9"))

        assert set(at.library.ids("d9")) <= set(found.chunk_ids)
        assert [record.metadata["tags"] for record in held.values()] == [["a", "b"]] * 2


async def test_deleting_from_the_default_namespace_leaves_the_tenants_alone() -> None:
    async with scene() as at:
        pages = PineconeForeignNamespaces(at.index)
        await pages.write(DEFAULT_NAMESPACE, OLD[:2])

        await pages.delete(DEFAULT_NAMESPACE, ["old-000", "old-001", *at.library.ids("d1")])

        assert await read(pages) == [ForeignPage(records=[])]
        assert len((await at.search(20)).chunk_ids) == 8


async def test_metadata_beyond_the_limit_is_refused() -> None:
    async with scene() as at:
        large = Record(id="x", values=QUESTION, metadata={"text": "x" * 41_000})

        with pytest.raises(RejectedError):
            await PineconeForeignNamespaces(at.index).write(Namespace("acme"), [large])


async def test_records_of_elsewhere_in_a_tenants_namespace_are_not_found() -> None:
    async with scene() as at:
        await PineconeForeignNamespaces(at.index).write(ACME.namespace, OLD[:5])

        assert set((await at.search(20)).chunk_ids) == {*at.chunks("d1"), *at.chunks("d2")}
        assert {d for d, _ in await at.vectors.revisions(ACME)} == {"d1", "d2"}
        assert None not in await at.score()
