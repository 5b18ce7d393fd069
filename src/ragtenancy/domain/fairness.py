"""Fair turns: tenants share a bounded number of slots, and a bounded queue for them.

A slot is a request that this process works on. As long as any is free, whoever asks gets it. A slot
that becomes free goes to the waiting tenant that holds the fewest slots for its weight; among equals
by start-time fair queueing, to the one that has received the least service for its weight, in
seconds of virtual time. A tenant that was idle starts at the virtual time, so that nobody saves
turns up. A turn is charged at most `MOST_SECONDS`, which bounds how far one tenant may fall behind
for its own long request.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import count

from msgspec import Struct, field

from ragtenancy.domain.bounds import holds
from ragtenancy.domain.errors import (
    LimitError,
    MalformedError,
    OverloadedError,
    RagTenancyError,
)
from ragtenancy.domain.ids import BoundedTenantId, TenantId, TenantUid

LEAST_SECONDS, MOST_SECONDS = 0.000_1, 0.25  # charged for a turn
MAX_IDLE = 1_024
SMOOTHING = 0.1
MAX_RETRY_AFTER = 60.0
LEAST_WEIGHT, GREATEST_WEIGHT = 0.01, 100.0
_WEIGHT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?\Z")


def weights_of(text: str) -> Mapping[TenantId, float]:
    """Return the weights of `acme=3,globex=0.5` by tenant. Raises `MalformedError`."""
    found: dict[TenantId, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        tenant_id, _, number = part.partition("=")
        if (
            not holds(tenant_id, BoundedTenantId)
            or tenant_id in found
            or not _WEIGHT.match(number)
            or not LEAST_WEIGHT <= float(number) <= GREATEST_WEIGHT
        ):
            raise MalformedError(
                "Weights are given as `acme=3,globex=0.5`, each client once, from 0.01 to 100."
            )
        found[TenantId(tenant_id)] = float(number)
    return found


class Capacity(Struct, frozen=True, kw_only=True):
    """The slots of a process, and how many requests may wait for them: in all, and of one tenant."""

    slots: int
    waiting: int
    waiting_of_one: int


class Turn(Struct, eq=False):
    """A request's turn, which waits until it is `granted`."""

    tenant_uid: TenantUid
    number: int
    granted: bool = False


class _Line(Struct, eq=False):
    """A tenant's waiting turns and slots; `served` is its service for its weight, in virtual time."""

    weight: float
    served: float
    held: int = 0
    resuming: dict[Turn, None] = field(default_factory=dict)
    waiting: dict[Turn, None] = field(default_factory=dict)

    @property
    def first(self) -> Turn | None:
        """The turn that is next in this line; requests under way come first."""
        return next(iter(self.resuming or self.waiting), None)

    @property
    def size(self) -> int:
        """The requests that hold a slot or wait."""
        return self.held + len(self.resuming) + len(self.waiting)


class FairTurns:
    """The turns of all tenants at the slots of one process."""

    def __init__(self, capacity: Capacity) -> None:
        self._capacity = capacity
        self._lines: dict[TenantUid, _Line] = {}
        self._idle: OrderedDict[TenantUid, float] = OrderedDict()  # ahead of the virtual time
        self._virtual = 0.0
        self._numbers = count()
        self._held = 0
        self._waiting = 0
        self._mean = 0.0

    @property
    def held(self) -> int:
        """The number of slots in use."""
        return self._held

    @property
    def waiting(self) -> int:
        """The number of turns that wait."""
        return self._waiting

    def ask(self, tenant_uid: TenantUid, *, weight: float = 1.0, resuming: bool = False) -> Turn:
        """Return a turn, granted already if a slot is free.

        A request under way that is `resuming` is never refused, and goes before its tenant's others.
        Raises `LimitError` if the tenant has used up its share of the queue, `OverloadedError` if
        others have filled it.
        """
        full = self._held >= self._capacity.slots
        if full and not resuming:
            self._require_room(tenant_uid)
        line = self._lines.get(tenant_uid)
        if line is None:
            served = max(self._idle.pop(tenant_uid, 0.0), self._virtual)
            line = self._lines[tenant_uid] = _Line(weight, served)
        turn = Turn(tenant_uid, next(self._numbers))
        if full:
            (line.resuming if resuming else line.waiting)[turn] = None
            self._waiting += 1
        else:
            self._grant(line, turn)
        return turn

    def end(self, turn: Turn, seconds: float) -> Turn | None:
        """End a granted turn that held its slot for `seconds`; return the turn now granted."""
        line = self._lines[turn.tenant_uid]
        line.held -= 1
        self._held -= 1
        charged = min(max(seconds, LEAST_SECONDS), MOST_SECONDS) / line.weight
        line.served = max(line.served, self._virtual - MOST_SECONDS) + charged
        self._mean += SMOOTHING * (seconds - self._mean)
        granted = self._next()
        self._forget_if_idle(turn.tenant_uid)
        return granted

    def leave(self, turn: Turn) -> None:
        """Withdraw a turn that waits."""
        line = self._lines[turn.tenant_uid]
        line.waiting.pop(turn, None)
        line.resuming.pop(turn, None)
        self._waiting -= 1
        self._forget_if_idle(turn.tenant_uid)

    def refusal(self, tenant_uid: TenantUid) -> RagTenancyError:
        """Return the error for a tenant that gets no turn, by its own load or that of others."""
        line = self._lines.get(tenant_uid)
        uses, weight = (line.size, line.weight) if line else (0, 1.0)
        total = sum(each.weight for each in self._lines.values()) + (0 if line else weight)
        retry_after = min(max(1.0, self._waiting * self._mean), MAX_RETRY_AFTER)
        if uses > self._capacity.slots * weight / total:
            return LimitError(
                "This client has more requests under way than its share of the server.",
                code="share_used_up",
                retry_after=retry_after,
            )
        return OverloadedError(retry_after=retry_after)

    def _require_room(self, tenant_uid: TenantUid) -> None:
        line = self._lines.get(tenant_uid)
        mine = len(line.waiting) if line else 0
        if mine >= self._capacity.waiting_of_one or self._waiting >= self._capacity.waiting:
            raise self.refusal(tenant_uid)

    def _next(self) -> Turn | None:
        line = min(self._lines_waiting(), key=_precedence, default=None)
        turn = line.first if line else None
        if line is None or turn is None:
            return None
        line.waiting.pop(turn, None)
        line.resuming.pop(turn, None)
        self._waiting -= 1
        self._grant(line, turn)
        return turn

    def _lines_waiting(self) -> Iterator[_Line]:
        return (line for line in self._lines.values() if line.waiting or line.resuming)

    def _grant(self, line: _Line, turn: Turn) -> None:
        line.held += 1
        self._held += 1
        turn.granted = True
        self._virtual = max(self._virtual, line.served)

    def _forget_if_idle(self, tenant_uid: TenantUid) -> None:
        line = self._lines[tenant_uid]
        if line.size:
            return
        del self._lines[tenant_uid]
        if line.served > self._virtual:
            self._idle[tenant_uid] = line.served
            if len(self._idle) > MAX_IDLE:
                self._idle.popitem(last=False)


def _precedence(line: _Line) -> tuple[float, float, int]:
    first = line.first
    return (line.held / line.weight, line.served, first.number if first else 0)
