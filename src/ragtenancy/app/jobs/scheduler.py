"""The cooperative scheduler of one process's started jobs."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext

from msgspec import Struct

from ragtenancy.domain.fair_turns import QUANTUM, Contender, Shares, next_turn
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.queueing import Room, ranked_at, room_beside, size_class
from ragtenancy.ports.clock import Clock

SMALL = 2  # the largest size class that may take the last parser
LAPSE = 0.25  # seconds
LONGEST_WAIT = 60.0  # seconds between looks


class Turn:
    """The turns of work that nobody shares a process with: they never end early."""

    def __init__(self) -> None:
        self._deadline: asyncio.Timeout | None = None

    @asynccontextmanager
    async def limited(self, seconds: float) -> AsyncIterator[None]:
        """Raise `TimeoutError` after so many seconds; waiting for a turn does not count."""
        async with asyncio.timeout(seconds) as deadline:
            self._deadline = deadline
            try:
                yield
            finally:
                self._deadline = None

    def working(self) -> AbstractAsyncContextManager[None]:
        """Hold a turn, which `offer` may hand over for a while."""
        return nullcontext()

    def parsing(self) -> AbstractAsyncContextManager[None]:
        """Hold a permit to read a file in a process of its own."""
        return nullcontext()

    async def offer(self) -> None:
        """Let others have their turn if they are due. Call it between slices of work."""

    def offer_from_thread(self) -> None:
        """Do the same for a thread; raises `CancelledError` once `working` was left."""


class Grant(Struct, frozen=True):
    """A turn that has begun: its start tag and its time, in seconds."""

    start: float
    at: float


class Account:
    """The work that each tenant has received in this process."""

    def __init__(self) -> None:
        self.shares = Shares()

    def begin(self, tenant_uid: TenantUid) -> float:
        """Note that a turn begins; return its start tag."""
        self.shares = self.shares.granted(tenant_uid)
        return self.shares.virtual

    def charge(self, tenant_uid: TenantUid, start: float, seconds: float) -> None:
        """Add a turn's work to its tenant's."""
        self.shares = self.shares.charged(tenant_uid, start, seconds)


class Permits:
    """A fair semaphore: the tenant that has had the least work is next.

    The last `kept` permits go to small jobs only. If others wait, a grant lapses after `lapse`
    seconds without an exchange: its holder waits for a backend, or for native code, and its permit
    goes to the next.
    """

    def __init__(
        self,
        account: Account,
        clock: Clock,
        capacity: int,
        *,
        kept: int = 0,
        lapse: float = math.inf,
    ) -> None:
        self._account = account
        self._clock = clock
        self._free = capacity
        self._kept = kept
        self._lapse = lapse
        self._waiting: dict[Contender, asyncio.Future[None]] = {}
        self._granted: dict[Contender, Grant] = {}
        self._lapsed: dict[Contender, Grant] = {}

    def is_due(self, holder: Contender) -> bool:
        """Return whether a holder must ask for its permit again; safe in any thread.

        That is if others wait and its quantum is over, or if its grant has lapsed.
        """
        grant = self._granted.get(holder)
        if grant is None or not self._waiting:
            return holder in self._lapsed
        return self._clock.monotonic() - grant.at >= QUANTUM

    async def acquire(self, who: Contender) -> None:
        """Wait for a permit. Raises `CancelledError` if `release` ends the wait."""
        granted = asyncio.get_running_loop().create_future()
        self._waiting[who] = granted
        self._grant()
        try:
            while not granted.done():
                await asyncio.wait([granted], timeout=min(self._lapse, LONGEST_WAIT))
                self._lapse_oldest()
            granted.result()
        except asyncio.CancelledError:
            self.release(who)
            raise

    async def exchange(self, holder: Contender) -> None:
        """Give the permit to whoever is next, and wait for another."""
        self._end(holder)
        await self.acquire(holder)

    def release(self, who: Contender) -> None:
        """Give up the permit, or the wait for one."""
        if (waiting := self._waiting.pop(who, None)) is not None:
            waiting.cancel()
        self._end(who)
        self._grant()

    def _end(self, who: Contender) -> None:
        self._free += who in self._granted
        grant = self._granted.pop(who, None) or self._lapsed.pop(who, None)
        if grant is not None:
            self._account.charge(who.tenant_uid, grant.start, self._clock.monotonic() - grant.at)

    def _lapse_oldest(self) -> None:
        """Give the permit of the longest turn to the next, if others wait and it has lapsed."""
        if not self._waiting or not self._granted:
            return
        holder = min(self._granted, key=lambda each: self._granted[each].at)
        if self._clock.monotonic() - self._granted[holder].at >= self._lapse:
            self._lapsed[holder] = self._granted.pop(holder)
            self._free += 1
            self._grant()

    def _grant(self) -> None:
        while self._free > 0:
            chosen = next_turn(self._eligible(), self._account.shares, self._holding())
            if chosen is None:
                return
            self._free -= 1
            start = self._account.begin(chosen.tenant_uid)
            self._granted[chosen] = Grant(start, self._clock.monotonic())
            self._waiting.pop(chosen).set_result(None)

    def _eligible(self) -> Iterator[Contender]:
        """Yield who may have the next permit; a cancelled wait has not been released yet."""
        for each, granted in self._waiting.items():
            if not granted.done() and (self._free > self._kept or each.size_class <= SMALL):
                yield each

    def _holding(self) -> Counter[TenantUid]:
        return Counter(each.tenant_uid for each in (*self._granted, *self._lapsed))


class SharedTurn(Turn):
    """A started job's turns, beside other jobs of the process."""

    def __init__(self, contender: Contender, turns: Permits, parsers: Permits) -> None:
        super().__init__()
        self._contender = contender
        self._turns = turns
        self._parsers = parsers
        self._loop = asyncio.get_running_loop()

    def working(self) -> AbstractAsyncContextManager[None]:
        """Hold a turn; see `Turn`."""
        return self._holding(self._turns)

    def parsing(self) -> AbstractAsyncContextManager[None]:
        """Hold a permit to read a file; see `Turn`."""
        return self._holding(self._parsers)

    async def offer(self) -> None:
        """Let others have their turn; see `Turn`."""
        if self._turns.is_due(self._contender):
            with self._standing_still():
                await self._turns.exchange(self._contender)

    def offer_from_thread(self) -> None:
        """Let others have their turn; see `Turn`."""
        if self._turns.is_due(self._contender):
            asyncio.run_coroutine_threadsafe(self.offer(), self._loop).result()

    @asynccontextmanager
    async def _holding(self, permits: Permits) -> AsyncIterator[None]:
        with self._standing_still():
            await permits.acquire(self._contender)
        try:
            yield
        finally:
            permits.release(self._contender)

    @contextmanager
    def _standing_still(self) -> Iterator[None]:
        """Stop the clock of `limited` while this job waits for others."""
        deadline = self._deadline
        ends = deadline and deadline.when()
        if deadline is None or ends is None:
            yield
            return
        left = ends - self._loop.time()
        deadline.reschedule(None)
        try:
            yield
        finally:
            if self._deadline is deadline and not deadline.expired():
                deadline.reschedule(self._loop.time() + left)


class JobScheduler:
    """Bounds the jobs that a process starts, and lets their tenants take turns by work done.

    `slots` jobs work at a time; `parsers` files are read at a time, each in a process of its own.
    The others keep their state and their leases until it is their turn.
    """

    def __init__(self, clock: Clock, *, slots: int, parsers: int) -> None:
        account = Account()
        self.taking = asyncio.Lock()  # whoever takes a job counts those that others took
        self._slots = slots
        self._turns = Permits(account, clock, slots, lapse=LAPSE)
        self._parsers = Permits(account, clock, parsers, kept=1 if parsers > 1 else 0)
        self._started: list[Job] = []

    def room(self) -> Room:
        """Return which jobs may be started beside those that are."""
        return room_beside(self._started, self._slots)

    def start(self, job: Job) -> Turn:
        """Count a leased job as started, and return its turns."""
        self._started.append(job)
        contender = Contender(
            tenant_uid=job.tenant_uid,
            ranked_at=ranked_at(job),
            job_id=job.job_id,
            fence=job.fence,
            size_class=size_class(job.size),
        )
        return SharedTurn(contender, self._turns, self._parsers)

    def end(self, job: Job) -> None:
        """Give a started job's place to another."""
        self._started.remove(job)
