"""How many calls a question takes, and how much each asks for."""

from __future__ import annotations

import numpy as np
import pytest

from ragtenancy.adapters.pinecone import limits, nearest
from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.adapters.pinecone.nearest import KeptVectors
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from tests.emulators.pinecone import server
from tests.library import ACME, random_vectors, rows, unit
from tests.unit.adapters.pinecone.scenes import D1, QUESTION, Scene, scene


async def put_many(at: Scene, count: int) -> None:
    """Publish `count` documents of one chunk."""
    for number in range(count):
        await at.library.put_vectors(at.vectors, f"m{number:03d}", random_vectors(number, 1))
    at.rig.project.calls.clear()


async def test_a_search_is_one_query() -> None:
    async with scene() as at:
        await at.search()

        assert at.rig.project.calls == ["query"]


async def test_read_units_are_counted_by_client_and_operation() -> None:
    metrics = PrometheusMetrics()
    async with scene() as at:
        counted = open_pinecone(at.rig.key, "test", controller=server().url, metrics=metrics)
        vectors = PineconeVectorIndex(counted)

        await vectors.search(ACME, at.library.manifest, QUESTION, limit=3)
        await vectors.count(ACME, D1)
        await counted.close()

    labels = f'{{client_id="{ACME.tenant_id}",operation="query"}}'
    assert f"ragtenancy_pinecone_requests_total{labels} 1.0\n" in metrics.render()
    assert f"ragtenancy_pinecone_read_units_total{labels} 1.0\n" in metrics.render()
    assert f'read_units_total{{client_id="{ACME.tenant_id}",operation="list"}}' in metrics.render()


async def test_cosines_of_others_are_one_fetch() -> None:
    async with scene() as at:
        await at.score()

        assert at.rig.project.calls == ["fetch"]


async def test_cosines_of_what_was_found_or_asked_before_are_none() -> None:
    async with scene() as at:
        await at.search(8)
        await at.score()

        assert at.rig.project.calls == ["query"]


async def test_nothing_is_asked_where_nothing_may_be_found() -> None:
    async with scene() as at:
        asked = (ACME, at.library.manifest, QUESTION)

        await at.vectors.search(*asked, limit=3, documents=[DocumentId("absent")])

        assert at.rig.project.calls == []


async def test_long_lists_come_without_values_that_are_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "REPLY_BYTES", 5_000)
    async with scene() as at:
        found = await at.search(8)

        assert at.rig.project.calls == ["query", "fetch", "fetch"]
        assert list(found.scores) == sorted(found.scores, reverse=True)


async def test_many_revisions_are_not_listed_to_the_index_but_sorted_out_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene() as at:
        expected = await at.search()
        monkeypatch.setattr(limits, "FILTER_VALUES", 1)
        at.rig.project.calls.clear()

        found = await at.search()

        assert (found, at.rig.project.calls) == (expected, ["query"])


async def test_many_revisions_that_drown_among_old_ones_are_asked_for_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene() as at:
        for _ in range(8):
            await at.library.put_vectors(at.vectors, "d1", rows(*[QUESTION] * 4))
        await at.library.put_vectors(at.vectors, "d1", random_vectors(5, 4))
        expected = await at.search()
        monkeypatch.setattr(limits, "FILTER_VALUES", 1)
        monkeypatch.setattr(nearest, "PART", 1)
        at.rig.project.calls.clear()

        found = await at.search()

        assert (found, at.rig.project.calls) == (expected, ["query"] * 3)


async def test_equal_cosines_beyond_the_list_are_asked_for() -> None:
    async with scene() as at:
        await at.library.put_vectors(at.vectors, "d9", rows(*[QUESTION] * 30))
        await at.library.put_vectors(at.vectors, "d0", rows(*[QUESTION] * 10))
        at.rig.project.calls.clear()

        found = await at.search(5)

        assert found.chunk_ids == at.library.ids("d0")[:5]
        assert at.rig.project.calls == ["query"] * 3


async def test_ids_can_be_listed_page_by_page() -> None:
    async with scene() as at:
        await at.library.put_vectors(at.vectors, "d7", random_vectors(3, 250))
        at.rig.project.calls.clear()

        counted = await at.vectors.count(ACME, DocumentId("d7"))

        assert (counted, at.rig.project.calls) == (250, ["list"] * 3)


async def test_a_large_revision_is_written_and_deleted_in_parts() -> None:
    async with scene() as at:
        await at.vectors.stage(ACME, DocumentId("d7"), Revision("1-1"), random_vectors(3, 2_100))
        upserts = at.rig.project.calls.count("upsert")
        deleted = await at.vectors.delete(ACME, DocumentId("d7"))

        assert (upserts, deleted, at.rig.project.calls.count("delete")) == (3, 2_100, 3)


def test_batches_keep_to_count_and_bytes() -> None:
    parts = list(limits.batches([5, 5, 9, 1, 1, 1, 20, 1], 3, 10, lambda size: size))

    assert parts == [[5, 5], [9, 1], [1, 1], [20], [1]]


@pytest.mark.parametrize(("dimension", "most"), [(8, 1_000), (1_536, 156), (3_072, 79)])
def test_a_reply_with_values_is_bounded_by_bytes(dimension: int, most: int) -> None:
    assert limits.matches_with_values(dimension) == most


def test_kept_vectors_stay_within_their_bytes() -> None:
    uid, vector = TenantUid("t" + "a" * 26), np.zeros(8, np.float32)
    kept = KeptVectors(max_bytes=3 * vector.nbytes)

    kept.keep(uid, {"d1#1-1#000000": vector, "d1#1-1#000001": vector})
    kept.keep(uid, {"d2#1-1#000000": vector, "d2#1-1#000001": vector})

    assert kept.get(uid, "d1#1-1#000000") is None
    assert kept.get(uid, "d2#1-1#000001") is vector


async def test_no_kept_vector_outlives_its_document() -> None:
    async with scene() as at:
        await at.search(8)
        await at.vectors.delete(ACME, D1)

        assert await at.score() == [None] * 4


async def test_vectors_of_another_length_are_refused() -> None:
    async with scene() as at:
        with pytest.raises(Exception, match="refused"):
            await at.vectors.search(ACME, at.library.manifest, unit(1, 0), limit=3)
