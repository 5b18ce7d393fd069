"""Tenants that were not asked lately leave memory and come back from their stores."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ragtenancy.adapters.bm25.lexical import Bm25Index
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId
from tests.library import ACME, OTHER, Library, chunk_store, random_vectors


async def test_postings_over_the_budget_are_built_again() -> None:
    chunks = await chunk_store(ACME, OTHER)
    index = Bm25Index(chunks, SnowballAnalyzer(), max_bytes=1)
    acme, other = Library(ACME, chunks), Library(OTHER, chunks)
    await acme.put("d1", "refunds take ten days")
    await other.put("d1", "refunds")

    async def search(library: Library) -> LegHits:
        return await index.search(
            library.scope, library.manifest, "refunds", language="english", limit=5
        )

    first = await search(acme)
    await search(other)
    held = await index.count(ACME, DocumentId("d1"))

    assert held == 0
    assert await search(acme) == first


async def test_vectors_over_the_budget_are_read_again(tmp_path: Path) -> None:
    files = TenantFiles(tmp_path)
    chunks = await chunk_store(ACME, OTHER)
    index = SqliteVectorIndex(files, max_bytes=1)
    query = random_vectors(3, 1)[0]
    acme, other = Library(ACME, chunks), Library(OTHER, chunks)
    for library in (acme, other):
        await files.create(library.scope)
        await library.put_vectors(index, "d1", random_vectors(1, 9))

    first = await index.search(ACME, acme.manifest, query, limit=5)
    await index.search(OTHER, other.manifest, query, limit=5)
    again = await index.search(ACME, acme.manifest, query, limit=5)
    await files.close()

    assert again == first
    assert np.isfinite(list(again.scores)).all()
