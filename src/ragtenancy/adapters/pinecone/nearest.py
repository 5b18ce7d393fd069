"""The nearest chunks to a vector, queried from one namespace."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np

from ragtenancy.adapters.pinecone import limits
from ragtenancy.adapters.pinecone.placing import OWNER_KEY, Active, in_revisions, place, require_own
from ragtenancy.adapters.pinecone.records import Match, Metadata, Records, together
from ragtenancy.domain.errors import RejectedError, StaleWriteError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector

SPARE = 4
WIDER = 4
PART = 5_000
SCORE_SLACK = 1e-5

MAX_BYTES = 256_000_000


class KeptVectors:
    """LRU cache of up to `max_bytes` of vectors, evicted by whole revisions.

    Revisions never change, so the cache is never out of date.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[tuple[TenantUid, str], dict[int, Vector]] = OrderedDict()
        self._bytes = 0

    def get(self, uid: TenantUid, chunk: str) -> Vector | None:
        """Return a chunk's vector if it is cached."""
        key, ordinal = place(chunk)
        rows = self._held.get((uid, key))
        if rows is None:
            return None
        self._held.move_to_end((uid, key))
        return rows.get(ordinal)

    def keep(self, uid: TenantUid, vectors: Mapping[str, Vector]) -> None:
        """Cache vectors by chunk."""
        for chunk, vector in vectors.items():
            key, ordinal = place(chunk)
            rows = self._held.setdefault((uid, key), {})
            if ordinal not in rows:
                rows[ordinal] = vector
                self._bytes += vector.nbytes
        while self._bytes > self._max_bytes:
            self._leave(next(iter(self._held)))

    def forget(self, uid: TenantUid, prefix: str = "") -> None:
        """Evict a tenant's revisions whose keys begin with a prefix."""
        for at in [at for at in self._held if at[0] == uid and f"{at[1]}#".startswith(prefix)]:
            self._leave(at)

    def _leave(self, at: tuple[TenantUid, str]) -> None:
        self._bytes -= sum(vector.nbytes for vector in self._held.pop(at).values())


class Nearest:
    """One query to one tenant's namespace, answered with exact cosines."""

    def __init__(
        self, scope: TenantScope, records: Records, kept: KeptVectors, vector: Vector
    ) -> None:
        self._scope = scope
        self._records = records
        self._kept = kept
        self._vector = vector

    async def __call__(self, active: Active, limit: int) -> dict[str, float]:
        """Return the cosines of the `limit` nearest active chunks, and of some more.

        Ties beyond the end of the list could sort before those in it, so the list grows until its
        end is farther away. Raises `StaleWriteError` if some chunks are missing.
        """
        asked = limit + SPARE
        while True:
            matches = await self._matches(active, asked)
            values = await self._values(matches)
            cosines = self.cosines(values)
            if asked >= min(active.total, limits.TOP_K) or not _tied(matches, cosines, limit):
                return cosines
            asked = min(asked * WIDER, limits.TOP_K)

    def cosines(self, vectors: Mapping[str, Vector]) -> dict[str, float]:
        """Return the float64 cosine of each vector."""
        vector = self._vector.astype(np.float64)
        if any(len(row) != len(vector) for row in vectors.values()):
            raise RejectedError("The vector store contains vectors of another dimension.")
        return {
            chunk: float(np.vecdot(row.astype(np.float64), vector))
            for chunk, row in vectors.items()
        }

    async def vectors(self, chunks: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of existing chunks, fetching those that are not cached."""
        uid = self._scope.tenant_uid
        found = {c: row for c in chunks if (row := self._kept.get(uid, c)) is not None}
        new = await self._fetched([c for c in chunks if c not in found])
        self._kept.keep(uid, new)
        return {**found, **new}

    async def _fetched(self, chunks: Sequence[str]) -> dict[str, Vector]:
        most = min(limits.FETCH_IDS, limits.matches_with_values(len(self._vector)))
        records = await self._records.fetch(chunks, most=most)
        for record in records.values():
            require_own(self._scope, record.metadata)
        return {chunk: record.values for chunk, record in records.items()}

    async def _values(self, matches: Sequence[Match]) -> dict[str, Vector]:
        """Return the matches' vectors, both included and fetched ones."""
        brought = {m.id: m.values for m in matches if m.values is not None}
        self._kept.keep(self._scope.tenant_uid, brought)
        missing = [m.id for m in matches if m.values is None]
        return {**brought, **(await self.vectors(missing) if missing else {})}

    async def _matches(self, active: Active, asked: int) -> Sequence[Match]:
        """Return the best of the active chunks, `asked` or all of them."""
        keys = list(active.totals)
        wanted = min(asked, active.total)
        if len(keys) <= limits.FILTER_VALUES:
            found: Sequence[Match] = await self._query(active, wanted, in_revisions(keys))
        else:
            found = await self._among_all(active, wanted, keys)
        if wanted == active.total and len({match.id for match in found}) < wanted:
            return await self._completed(active, found)
        return found

    async def _among_all(self, active: Active, wanted: int, keys: list[str]) -> Sequence[Match]:
        """Return the best active matches among twice as many, or within parts of the revisions."""
        found = await self._query(active, 2 * wanted, None)
        if len(found) >= wanted:
            return found
        parts = [keys[start : start + PART] for start in range(0, len(keys), PART)]
        answers = (self._query(active, wanted, in_revisions(part)) for part in parts)
        merged = [match for answer in await together(answers) for match in answer]
        return sorted(merged, key=lambda match: -match.score)[:wanted]

    async def _query(self, active: Active, top_k: int, where: Metadata | None) -> list[Match]:
        top_k = min(top_k, limits.TOP_K)
        with_values = top_k <= limits.matches_with_values(len(self._vector))
        answer = await self._records.query(
            self._vector, top_k=top_k, where=where, with_values=with_values
        )
        for match in answer.found:
            if with_values and (match.id in active or OWNER_KEY in match.metadata):
                require_own(self._scope, match.metadata)
        return [match for match in answer.found if match.id in active]

    async def _completed(self, active: Active, found: Sequence[Match]) -> Sequence[Match]:
        """Return every active chunk. Raises `StaleWriteError` if some are gone."""
        known = {match.id for match in found}
        missing = [chunk for chunk in active.chunks() if chunk not in known]
        fetched = await self._fetched(missing)
        if len(fetched) < len(missing):
            raise StaleWriteError("The vectors of a document's version are missing.")
        more = [Match(id=chunk, score=-1.0, values=row) for chunk, row in fetched.items()]
        return [*found, *more]


def _tied(matches: Sequence[Match], cosines: Mapping[str, float], limit: int) -> bool:
    """Return whether ties with the `limit`-th match may lie beyond the end of the list."""
    if len(cosines) < limit:
        return False
    last = min(match.score for match in matches)
    return last > sorted(cosines.values(), reverse=True)[limit - 1] - SCORE_SLACK
