"""Admission: a request takes its tenant's fair turn before this process works for it.

A request holds a slot only while the processor works for it. While it waits for its own body or for
a language model, the slot serves others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar

from ragtenancy.domain.fairness import Capacity, FairTurns, Turn
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.metrics import ADMISSION_SECONDS
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.metrics import Metrics

WAIT_SECONDS = 10.0


class Admission:
    """The slots of this process, which its tenants' requests take in fair turns.

    `weights` are the tenants' shares, 1 where none is given. A request waits at most `seconds`.
    """

    def __init__(
        self,
        capacity: Capacity,
        clock: Clock,
        metrics: Metrics,
        *,
        weights: Mapping[TenantId, float],
        seconds: float = WAIT_SECONDS,
    ) -> None:
        self._turns = FairTurns(capacity)
        self._clock = clock
        self._metrics = metrics
        self._weights = weights
        self._seconds = seconds
        self._waiting: dict[Turn, asyncio.Future[None]] = {}

    @property
    def waiting(self) -> int:
        """The number of requests that wait for their turn."""
        return self._turns.waiting

    def place(self, scope: TenantScope) -> Place:
        """Return the place of a tenant's new request, which holds no slot yet."""
        return Place(self, scope, self._weights.get(scope.tenant_id, 1.0))

    def now(self) -> float:
        """Return seconds of a monotonic clock."""
        return self._clock.monotonic()

    async def take(self, scope: TenantScope, weight: float, *, resuming: bool) -> Turn:
        """Return a turn once it is granted.

        Raises `LimitError` or `OverloadedError` if the queue is full, or after waiting too long;
        a request that is `resuming` waits as long as it takes.
        """
        turn = self._turns.ask(scope.tenant_uid, weight=weight, resuming=resuming)
        if not turn.granted:
            started = self._clock.monotonic()
            await self._granted(turn, None if resuming else self._seconds)
            self._metrics.observe(ADMISSION_SECONDS, self._clock.monotonic() - started)
        return turn

    def end(self, turn: Turn, seconds: float) -> None:
        """End a turn that held its slot for `seconds`; the next one begins."""
        granted = self._turns.end(turn, seconds)
        if granted is not None and not self._waiting[granted].done():
            self._waiting[granted].set_result(None)

    async def _granted(self, turn: Turn, seconds: float | None) -> None:
        self._waiting[turn] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await self._waiting[turn]
        except TimeoutError:
            if not turn.granted:
                refusal = self._turns.refusal(turn.tenant_uid)
                self._turns.leave(turn)
                raise refusal from None
        except asyncio.CancelledError:
            if turn.granted:
                self.end(turn, 0.0)
            else:
                self._turns.leave(turn)
            raise
        finally:
            del self._waiting[turn]


class Place:
    """A request's place: with or without a slot, and current in the tasks that work for it."""

    def __init__(self, admission: Admission, scope: TenantScope, weight: float) -> None:
        self._admission = admission
        self._scope = scope
        self._weight = weight
        self._turn: Turn | None = None
        self._since = 0.0
        self._begun = False
        self._closed = False

    @property
    def held(self) -> bool:
        """Whether the request holds a slot."""
        return self._turn is not None

    async def hold(self) -> None:
        """Take a slot, unless one is held or the request ended. Raises as `Admission.take` does."""
        if self._turn is not None or self._closed:
            return
        self._keep(await self._admission.take(self._scope, self._weight, resuming=self._begun))

    def _keep(self, turn: Turn) -> None:
        if self._turn is not None or self._closed:  # meanwhile, in another task of the request
            self._admission.end(turn, 0.0)
            return
        self._turn, self._begun = turn, True
        self._since = self._admission.now()

    def release(self) -> None:
        """Give the slot to the next request; nothing if none is held."""
        if self._turn is not None:
            turn, self._turn = self._turn, None
            self._admission.end(turn, self._admission.now() - self._since)

    def close(self) -> None:
        """Give the slot away for good: the request has ended."""
        self._closed = True
        self.release()


_CURRENT: ContextVar[Place | None] = ContextVar("place", default=None)


def enter(place: Place) -> None:
    """Make a place the current one of this task and those that it starts."""
    _CURRENT.set(place)


@asynccontextmanager
async def outside() -> AsyncIterator[None]:
    """Wait for another service without the current request's slot; take one again afterwards.

    Nothing happens without a current request, or if it holds no slot.
    """
    place = _CURRENT.get()
    if place is None or not place.held:
        yield
        return
    place.release()
    yield
    await place.hold()
