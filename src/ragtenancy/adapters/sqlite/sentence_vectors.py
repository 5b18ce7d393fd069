"""Vectors of sentences in the tenant's file."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import apsw

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache

READ = """
    SELECT vector FROM sentence_vectors JOIN revisions ON number = revision_number
    WHERE document_id = ? AND revision = ? AND digest = ?
"""
WRITE = """
    INSERT OR REPLACE INTO sentence_vectors (revision_number, digest, vector)
    SELECT number, ?3, ?4 FROM revisions WHERE document_id = ?1 AND revision = ?2
"""


class SqliteSentenceVectorCache(SentenceVectorCache):
    """Table `sentence_vectors`, removed by its foreign key; written undurably: it can be made again."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def get(
        self, scope: TenantScope, keys: Collection[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        def work(db: apsw.Connection) -> Mapping[SentenceKey, bytes]:
            found = {key: db.execute(READ, key).get for key in keys}
            return {key: vector for key, vector in found.items() if vector is not None}

        return await self._files.read(scope, work)

    async def put(self, scope: TenantScope, vectors: Mapping[SentenceKey, bytes]) -> None:
        rows = [(*key, vector) for key, vector in vectors.items()]
        await self._files.write(scope, lambda db: db.executemany(WRITE, rows).get, durable=False)
