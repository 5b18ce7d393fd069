"""Two levels of requests: bounded retries of throttled ones, and pacing of bulk work."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from ragtenancy.domain.metrics import COSMOS_THROTTLED
from ragtenancy.ports.metrics import Metrics

MULTI_STATUS = 207
THROTTLED = 429
RETRY_AFTER = "x-ms-retry-after-ms"
CHARGE = "x-ms-request-charge"
PRIORITY = "x-ms-cosmos-priority-level"
DEFAULT_RETRY_AFTER = 1.0
MAX_RETRY_AFTER = 60.0


class Level(Struct, frozen=True, kw_only=True):
    """How long a request, or a page of a query, may take in all, and wait for throughput.

    `priority` is the service's own; it is ignored unless the account has that feature enabled.
    """

    name: Literal["interactive", "bulk"]
    priority: Literal["High", "Low"]
    seconds: float
    patience: float

    @property
    def options(self) -> Mapping[str, Any]:
        """The SDK's options of a request; the service's default priority is High."""
        return {"priority": self.priority} if self.priority == "Low" else {}


INTERACTIVE = Level(name="interactive", priority="High", seconds=15.0, patience=5.0)
BULK = Level(name="bulk", priority="Low", seconds=120.0, patience=60.0)


class Response(Protocol):
    """An HTTP response that was read."""

    status_code: int
    headers: Any

    def body(self) -> bytes:
        """Return the body."""


Answer = TypeVar("Answer", bound=Response)


def retry_after(headers: object) -> float:
    """Return seconds, bounded, from a header in milliseconds that may be absent or invalid."""
    given = headers.get(RETRY_AFTER) if hasattr(headers, "get") else None
    try:
        seconds = float(given) / 1000 if given is not None else DEFAULT_RETRY_AFTER
    except (TypeError, ValueError):
        return DEFAULT_RETRY_AFTER
    return DEFAULT_RETRY_AFTER if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER)


class Result(Struct, rename="camel"):
    """An operation's result in the reply to a batch."""

    status_code: int = 0
    retry_after_milliseconds: float = 1_000 * DEFAULT_RETRY_AFTER


RESULTS = msgspec.json.Decoder(list[Result])


def wait_asked(response: Response) -> float | None:
    """Return the seconds that a throttled response asks to wait, None for any other.

    A batch may be refused by the result of one of its operations.
    """
    if response.status_code == THROTTLED:
        return retry_after(response.headers)
    if response.status_code != MULTI_STATUS:
        return None
    try:
        results = RESULTS.decode(response.body())
    except msgspec.MsgspecError:
        return None  # for the SDK to report
    waits = [r.retry_after_milliseconds / 1_000 for r in results if r.status_code == THROTTLED]
    return min(max(waits), MAX_RETRY_AFTER) if waits else None


SHARE = 0.5  # of the known throughput, for the bulk work of one process
CUT = 0.5
GROWTH = 0.02  # per second
SLOWEST = 20.0  # request units per second
HEAD_START = 0.05  # seconds, of interactive retries before bulk ones


class Pace:
    """Leaky bucket of request units for the bulk work of one process.

    Its rate halves when the service throttles any request, at most once a second, and then grows
    by 2 % a second (AIMD), up to half of the database's throughput if that is known.
    """

    def __init__(
        self, throughput: int | None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ceiling = math.inf if throughput is None else SHARE * throughput
        self.rate = self._ceiling
        self._monotonic = monotonic
        self._free_at = self._cut_at = self._seen_at = -math.inf
        self._typical = 0.0
        self._spent = 0.0

    def wait(self) -> float:
        """Return the seconds until the next bulk request may start, at most 0 if it may now."""
        return self._free_at - self._monotonic()

    def reserve(self) -> float:
        """Reserve a typical charge for a bulk request that starts now; return it."""
        self._delay(self._typical)
        return self._typical

    def settle(self, reserved: float, charge: float) -> None:
        """Replace a reservation by the request's charge."""
        self._delay(charge - reserved)
        self._typical += (charge - self._typical) / 4

    def spend(self, charge: float) -> None:
        """Record the charge of any request, and let the rate grow."""
        now = self._monotonic()
        passed = now - self._seen_at
        self._spent = self._spent * math.exp(-passed) + charge
        if self._seen_at > -math.inf:
            self.rate = min(self._ceiling, self.rate * (1 + GROWTH * passed))
        self._seen_at = now

    def throttle(self, seconds: float) -> None:
        """Halve the rate, and let no bulk request start before interactive ones are retried."""
        now = self._monotonic()
        self._free_at = max(self._free_at, now + seconds + HEAD_START)
        if now - self._cut_at >= 1:
            known = self._spent if math.isinf(self.rate) else self.rate
            self.rate = max(SLOWEST, known * CUT)
            self._cut_at = now

    def _delay(self, charge: float) -> None:
        self._free_at = max(self._free_at, self._monotonic()) + charge / self.rate


SHORTEST_WAIT = 0.01


class Traffic:
    """Sends requests by level.

    A throttled request had no effect. It is retried after the wait that the service asks for,
    however short and often, until the level's patience would be exceeded; then its response is
    returned. The SDK would retry too, but it counts tries, and waits before it checks its limit.
    """

    def __init__(self, pace: Pace, metrics: Metrics | None = None) -> None:
        self._pace = pace
        self._metrics = metrics

    async def send(self, level: Level, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the response, which is a throttled one if patience ran out."""
        deadline = time.monotonic() + level.patience
        while True:
            response = await self._sent(level, send)
            asked = wait_asked(response)
            if asked is None:
                return response
            self._throttled(level, asked)
            wait = max(asked, SHORTEST_WAIT)
            if time.monotonic() + wait > deadline:
                return response
            await asyncio.sleep(wait)

    async def _sent(self, level: Level, send: Callable[[], Awaitable[Answer]]) -> Answer:
        """Send once, a bulk request in its turn."""
        if level.name == "interactive":
            response = await send()
            self._pace.spend(_charge(response))
            return response
        while (wait := self._pace.wait()) > 0:  # noqa: ASYNC110 - until others let it pass
            await asyncio.sleep(wait)
        reserved, charge = self._pace.reserve(), 0.0
        try:
            response = await send()
            charge = _charge(response)
        finally:
            self._pace.settle(reserved, charge)
            self._pace.spend(charge)
        return response

    def _throttled(self, level: Level, seconds: float) -> None:
        self._pace.throttle(seconds)
        if self._metrics is not None:
            self._metrics.count(COSMOS_THROTTLED, level=level.name)


def _charge(response: Response) -> float:
    try:
        return float(response.headers.get(CHARGE) or 0)
    except ValueError:
        return 0.0
