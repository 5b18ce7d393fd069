"""Vectors that were read lately, by revision, so that they need not be fetched again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from ragtenancy.adapters.pinecone.placing import place
from ragtenancy.domain.ids import TenantUid
from ragtenancy.ports.embeddings import Vector

MAX_BYTES = 256_000_000


class KeptVectors:
    """Up to `max_bytes` of vectors; whole revisions leave, the least recently read first.

    What a manifest names never changes, so nothing kept is ever out of date.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[tuple[TenantUid, str], dict[int, Vector]] = OrderedDict()
        self._bytes = 0

    def get(self, uid: TenantUid, chunk: str) -> Vector | None:
        """Return a chunk's vector if it is kept."""
        key, ordinal = place(chunk)
        rows = self._held.get((uid, key))
        if rows is None:
            return None
        self._held.move_to_end((uid, key))
        return rows.get(ordinal)

    def keep(self, uid: TenantUid, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors by chunk."""
        for chunk, vector in vectors.items():
            key, ordinal = place(chunk)
            rows = self._held.setdefault((uid, key), {})
            if ordinal not in rows:
                rows[ordinal] = vector
                self._bytes += vector.nbytes
        while self._bytes > self._max_bytes:
            self._leave(next(iter(self._held)))

    def forget(self, uid: TenantUid, prefix: str = "") -> None:
        """Forget the revisions of a tenant whose keys begin so."""
        for at in [at for at in self._held if at[0] == uid and f"{at[1]}#".startswith(prefix)]:
            self._leave(at)

    def _leave(self, at: tuple[TenantUid, str]) -> None:
        self._bytes -= sum(vector.nbytes for vector in self._held.pop(at).values())
