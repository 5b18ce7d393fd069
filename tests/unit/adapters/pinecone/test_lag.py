"""Reads that show writes 30 seconds late."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.pinecone.limits import Patience
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.ports.embeddings import Vector, Vectors
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


LAGS = st.floats(0, 60)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["d1", "d2", "d3"]), st.none() | st.integers(1, 6), LAGS), max_size=8
)


@settings(max_examples=15, deadline=None)
@given(lags=st.lists(LAGS, min_size=1, max_size=3), changes=CHANGES)
def test_whatever_the_replicas_lag_an_answer_is_right_or_withheld(
    lags: list[float], changes: list[tuple[str, int | None, float]]
) -> None:
    async def run() -> None:
        async with scene() as at:
            at.rig.project.lag, at.rig.project.other_lags = lags[0], lags[1:]
            stored = {"d1": random_vectors(1, 4), "d2": random_vectors(2, 4)}
            for seed, (name, count, wound) in enumerate(changes):
                await change(
                    at, stored, name, None if count is None else random_vectors(seed, count)
                )
                await agrees(at, stored)
                at.rig.time.seconds += wound

    asyncio.run(run())


async def change(at: Scene, stored: dict[str, Vectors], name: str, new: Vectors | None) -> None:
    """Publish or remove a document; what is removed is deleted without waiting."""
    if new is not None:
        await at.library.put_vectors(at.vectors, name, new)
        stored[name] = new
    elif stored.pop(name, None) is not None:
        at.library.remove(name)
        try:
            await impatient(at).delete(ACME, DocumentId(name))
        except UnavailableError:
            return


async def agrees(at: Scene, stored: dict[str, Vectors]) -> None:
    try:
        hits = await at.afresh().search(50)
    except StaleWriteError:
        return
    expected = {
        chunk: cosine(row)
        for name, vectors in stored.items()
        for chunk, row in zip(at.library.ids(name), vectors, strict=True)
    }
    assert dict(hits.by_chunk()) == pytest.approx(expected, abs=1e-5)


def cosine(row: Vector) -> float:
    return float(np.vecdot(row.astype(np.float64), QUESTION.astype(np.float64)))
