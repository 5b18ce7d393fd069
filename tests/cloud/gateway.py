"""A gateway before the emulator of Cosmos DB that delays pages, refuses some, and charges all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping

from tests.emulators.gateway import Fault, Gateway, Request
from tests.emulators.request_units import read_units, write_units

MESSAGE = (
    "Request rate is large. More Request Units may be needed, so no changes were made."
    " Please retry this request later. Learn more: http://aka.ms/cosmosdb-error-429"
)
DOCS = "/docs"


def throttled(milliseconds: int) -> Fault:
    """Return a refusal: the message of Azure/azure-sdk-for-java#20288, with its substatus 3200."""
    return Fault(
        status=429,
        headers={"x-ms-retry-after-ms": str(milliseconds), "x-ms-substatus": "3200"},
        body=json.dumps({"code": "429", "message": MESSAGE}).encode(),
    )


class Throttling(Gateway):
    """Delays each page of a query by `delay`, and refuses every `every`th of them.

    Every request takes `latency`. With `throughput` it charges requests by size, and refuses all while that many request units a
    second are used up: a bucket of one second, which the last request may overdraw.
    """

    def __init__(
        self,
        upstream: str,
        *,
        delay: float = 0.0,
        every: int = 0,
        latency: float = 0.0,
        throughput: float = 0.0,
    ) -> None:
        super().__init__(upstream, DOCS)
        self.delay = delay
        self.every = every
        self.latency = latency
        self.throughput = throughput
        self.pages = 0
        self.queries: list[str] = []
        self._lock = threading.Lock()
        self._left, self._at = throughput, time.monotonic()

    def fault_of(self, request: Request) -> Fault | None:
        """Return a refusal, or pass the request on, a page after its delay."""
        if DOCS not in request.path:
            return None
        time.sleep(self.latency)
        if _is_query(request):
            with self._lock:
                self.pages += 1
                refused = self.every and self.pages % self.every == 0
                self.queries.append(json.loads(request.body)["query"])
            if refused:
                return throttled(20)
            time.sleep(self.delay)
        return self._charged(request) if self.throughput else None

    def headers_of(self, request: Request, reply: bytes) -> Mapping[str, str]:
        """Return the charge, and take off what the reply's size adds to it."""
        if not self.throughput or DOCS not in request.path:
            return {}
        read = read_units(len(reply)) if _reads(request) else 0.0
        with self._lock:
            self._left -= read
        return {"x-ms-request-charge": f"{read + _written_units(request):.2f}"}

    def _charged(self, request: Request) -> Fault | None:
        with self._lock:
            now = time.monotonic()
            grown = self._left + (now - self._at) * self.throughput
            self._left, self._at = min(self.throughput, grown), now
            if self._left <= 0:
                return throttled(int(-self._left / self.throughput * 1000) + 1)
            self._left -= _written_units(request)
        return None


def _written_units(request: Request) -> float:
    if request.headers.get("x-ms-cosmos-is-batch-request", "").lower() == "true":
        operations = json.loads(request.body)
        return sum(
            read_units(0)
            if operation["operationType"] == "Read"
            else write_units(len(json.dumps(operation)))
            for operation in operations
        )
    return 0.0 if _reads(request) else write_units(len(request.body))


def _is_query(request: Request) -> bool:
    return request.headers.get("x-ms-documentdb-isquery", "").lower() == "true"


def _reads(request: Request) -> bool:
    return request.method == "GET" or _is_query(request)
