"""The tenants whose vectors are in memory, least recently asked first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid


class Seat:
    """A tenant's place in memory. Whoever changes or reads the rows holds the lock."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.generation = -1
        self.revisions: dict[DocumentId, Revision] = {}
        self.rows: VectorRows | None = None

    def purge(self, document_id: DocumentId, revision: Revision | None) -> None:
        """Remove a document's rows, or those of one revision, and trust no generation."""
        held = self.revisions.get(document_id)
        if held is None or revision not in (None, held):
            return
        del self.revisions[document_id]
        self.generation = -1
        if self.rows is not None:
            self.rows.remove(document_id)


class Residents:
    """Seats by tenant within a budget of bytes; a tenant that lost its seat is read again."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._seats: OrderedDict[TenantUid, Seat] = OrderedDict()
        self._bytes: dict[TenantUid, int] = {}
        self._total = 0

    def seat(self, uid: TenantUid) -> Seat:
        """Return a tenant's seat."""
        seat = self._seats.setdefault(uid, Seat())
        self._seats.move_to_end(uid)
        return seat

    def known(self, uid: TenantUid) -> Seat | None:
        """Return a tenant's seat if it has one."""
        return self._seats.get(uid)

    def weigh(self, uid: TenantUid, nbytes: int) -> None:
        """Note what a tenant takes; the least recently asked give way, never the last one."""
        if uid not in self._seats:
            return
        self._total += nbytes - self._bytes.get(uid, 0)
        self._bytes[uid] = nbytes
        while self._total > self._max_bytes and len(self._seats) > 1:
            self.leave(next(iter(self._seats)))

    def leave(self, uid: TenantUid) -> None:
        """Give a tenant's memory back."""
        self._seats.pop(uid, None)
        self._total -= self._bytes.pop(uid, 0)
