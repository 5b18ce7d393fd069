"""A tenant that is dropped while it is written to."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.pinecone.namespaces import OWNER_FIELD
from ragtenancy.domain.errors import NotFoundError
from tests.emulators.pinecone_state import Space
from tests.library import ACME
from tests.unit.adapters.pinecone.scenes import NEW, Scene, scene

SUCCESSOR = "t" + "b" * 26


def dropped(at: Scene) -> None:
    del at.rig.project.spaces[ACME.namespace]


def succeeded(at: Scene) -> None:
    field = {f"{OWNER_FIELD}{SUCCESSOR}": {"filterable": True}}
    at.rig.project.spaces[ACME.namespace] = Space(schema={"fields": field})


async def test_a_write_does_not_make_a_dropped_namespace_anew() -> None:
    async with scene() as at:
        at.rig.project.meanwhile["upsert"] = lambda: dropped(at)

        with pytest.raises(NotFoundError):
            await at.stage()

        assert ACME.namespace not in at.rig.project.spaces


async def test_a_write_that_came_upon_a_successor_is_taken_back() -> None:
    async with scene() as at:
        at.rig.project.meanwhile["upsert"] = lambda: succeeded(at)

        with pytest.raises(NotFoundError):
            await at.stage()

        assert ACME.namespace in at.rig.project.spaces
        assert not at.rig.project.read(ACME.namespace).seen


async def test_a_staging_leaves_no_more_than_it_was_given() -> None:
    async with scene() as at:
        await at.stage()
        await at.stage()

        assert await at.vectors.count(ACME, *NEW) == 3
