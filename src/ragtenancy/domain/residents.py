"""Which tenants are in memory, within a budget of bytes; the least recently asked give way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from ragtenancy.domain.ids import TenantUid

Seat = TypeVar("Seat")


class Residents(Generic[Seat]):
    """Seats by tenant; a tenant that lost its seat gets an empty one when it is asked again."""

    def __init__(self, max_bytes: int, make: Callable[[], Seat]) -> None:
        self._max_bytes = max_bytes
        self._make = make
        self._seats: OrderedDict[TenantUid, Seat] = OrderedDict()
        self._bytes: dict[TenantUid, int] = {}
        self._total = 0

    def seat(self, uid: TenantUid) -> Seat:
        """Return a tenant's seat, made if it has none."""
        seat = self._seats.get(uid)
        if seat is None:
            seat = self._seats[uid] = self._make()
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
