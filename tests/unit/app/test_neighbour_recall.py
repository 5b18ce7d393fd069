"""A copy's recall: the share of the source's nearest neighbours that it finds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ragtenancy.adapters.memory.foreign_namespaces import InMemoryForeignNamespaces
from ragtenancy.app.migration.copy_verification import neighbour_recall
from ragtenancy.domain.ids import Namespace
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.ports.foreign_namespaces import ForeignRecord
from tests.library import random_vectors

OLD, COPY = Namespace("__default__"), Namespace("copy")
ROWS: Vectors = random_vectors(8, 200)


def records(rows: Vectors, name: str = "r") -> Sequence[ForeignRecord]:
    return [ForeignRecord(id=f"{name}{at:03d}", values=row) for at, row in enumerate(rows)]


@pytest.fixture
async def foreign() -> InMemoryForeignNamespaces:
    namespaces = InMemoryForeignNamespaces()
    await namespaces.write(OLD, records(ROWS))
    return namespaces


async def recall(foreign: InMemoryForeignNamespaces) -> float:
    return await neighbour_recall(foreign, OLD, COPY, list(ROWS[::20]))


async def test_a_complete_copy_has_full_recall(foreign: InMemoryForeignNamespaces) -> None:
    await foreign.write(COPY, records(ROWS, "other ids"))

    assert await recall(foreign) == 1.0


async def test_missing_records_lower_the_recall(foreign: InMemoryForeignNamespaces) -> None:
    await foreign.write(COPY, records(ROWS[::2]))

    assert 0.3 < await recall(foreign) < 0.7


async def test_an_empty_copy_has_no_recall(foreign: InMemoryForeignNamespaces) -> None:
    assert await recall(foreign) == 0.0


async def test_records_displaced_by_nearer_ones_are_not_lost(
    foreign: InMemoryForeignNamespaces,
) -> None:
    await foreign.write(COPY, records(ROWS))
    await foreign.write(COPY, records(np.repeat(ROWS[::20], 9, axis=0), "nearer"))

    assert await recall(foreign) == 1.0
