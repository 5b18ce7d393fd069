"""Reads that show writes 30 seconds late."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.pinecone.patience import Patience
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.domain.errors import UnavailableError
from tests.library import ACME, random_vectors
from tests.unit.adapters.pinecone.scenes import D1, NEW, QUESTION, Scene, scene

AT_ONCE = Patience(seconds=0.0)


def impatient(at: Scene) -> PineconeVectorIndex:
    """Return an index that waits for nothing: what a cancelled writer leaves."""
    return PineconeVectorIndex(at.index, patience=AT_ONCE)


@pytest.mark.parametrize("tells_lsn", [True, False])
async def test_staging_ends_when_the_vectors_can_be_found(tells_lsn: bool) -> None:
    async with scene(lag=30) as at:
        at.rig.project.tells_lsn = tells_lsn
        before = at.rig.time.seconds

        await at.library.put_vectors(at.vectors, "d3", random_vectors(3, 3))

        assert at.rig.time.seconds - before >= 30
        assert len((await at.afresh().search(20)).chunk_ids) == 11


async def test_staging_that_is_never_shown_is_not_acknowledged() -> None:
    async with scene(lag=1_000) as at:
        with pytest.raises(UnavailableError, match="yet"):
            await impatient(at).stage(ACME, *NEW, random_vectors(3, 3))


async def test_deleting_ends_when_nothing_is_listed() -> None:
    async with scene(lag=30) as at:
        deleted = await at.vectors.delete(ACME, D1)

        assert (deleted, await at.vectors.count(ACME, D1)) == (4, 0)


@pytest.mark.parametrize("wound", [0.0, 10.0, 29.0, 31.0])
async def test_a_deleted_document_is_not_served_though_it_is_shown(wound: float) -> None:
    async with scene(lag=30) as at:
        gone = at.chunks("d1")
        at.library.remove("d1")
        with pytest.raises(UnavailableError, match="deleted"):
            await impatient(at).delete(ACME, D1)
        at.rig.time.seconds += wound

        hits = await at.search(20)

        assert not set(hits.chunk_ids) & set(gone)
        assert len(hits.chunk_ids) == 4


async def test_a_replaced_document_is_served_by_its_new_vectors_alone() -> None:
    async with scene(lag=30) as at:
        old = at.chunks("d1")
        await at.library.put_vectors(at.vectors, "d1", random_vectors(7, 2))
        with pytest.raises(UnavailableError):
            await impatient(at).delete(ACME, D1, at.library.manifest.entries[D1].revision)

        scores = await at.vectors.score(ACME, at.library.manifest, QUESTION, old)

        assert scores == [None] * 4
