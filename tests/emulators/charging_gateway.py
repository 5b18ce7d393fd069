"""A gateway before an emulator that charges for requests, pages replies and throttles."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.emulators.tariffs import Call, Charge, Tariff, operation_of

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
PAGE_ITEMS = 100
PAGE_HEADER = "x-ms-max-item-count"
# After the example of Microsoft, "Diagnose and troubleshoot request rate too large (429)".
TOO_LARGE = b'{"code":"429","message":"Message: {\\"Errors\\":[\\"Request rate is large.\\"]}"}'


class ChargingGateway:
    """Keeps the bill; above `rate` units a second it refuses, and says when to ask again."""

    def __init__(
        self,
        upstream: str,
        tariff: Tariff,
        *,
        rate: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.url = ""
        self.bill: list[Charge] = []
        self.refused = 0
        self._tariff = tariff
        self._rate = rate
        self._clock = clock
        self._paid_until = 0.0
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Return the seconds until the next request is served, 0 for at once."""
        with self._lock:
            left = 0.0 if self._rate is None else max(self._paid_until - self._clock(), 0.0)
            self.refused += left > 0
            return left

    def charge(self, call: Call) -> Charge:
        """Put an answered request on the bill."""
        with self._lock:
            charge = self._tariff.charge(call)
            self.bill.append(charge)
            if self._rate is not None:
                start = max(self._paid_until, self._clock() - 1.0)  # a second's units are free
                self._paid_until = start + charge.units / self._rate
            return charge


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    gateway: ChargingGateway

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if seconds := self.gateway.wait():
            headers = {"x-ms-retry-after-ms": f"{1000 * seconds:.0f}", "x-ms-substatus": "3200"}
            self._answer(429, {**headers, "Retry-After": f"{seconds:.0f}"}, TOO_LARGE)
            return
        asked = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        if operation_of(self.command, self.path, asked) == "query":
            asked[PAGE_HEADER] = str(PAGE_ITEMS)
        status, headers, reply = self._passed_on(asked, body)
        charge = self.gateway.charge(
            Call(
                method=self.command,
                path=self.path,
                headers={name.lower(): value for name, value in asked.items()},
                body=body,
                status=status,
                reply=reply,
            )
        )
        self._answer(status, {**headers, "x-ms-request-charge": f"{charge.units:.2f}"}, reply)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - names of http.server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _passed_on(
        self, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.gateway.upstream, timeout=60)
        try:
            upstream.request(self.command, self.path, body, dict(headers))
            reply = upstream.getresponse()
            kept = {n: v for n, v in reply.getheaders() if n.lower() != "x-ms-request-charge"}
            return reply.status, kept, reply.read()
        finally:
            upstream.close()

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        has_body = status not in (204, 304)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        if has_body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if has_body:
            self.wfile.write(body)


@contextmanager
def charging_gateway(
    upstream: str, tariff: Tariff, *, rate: float | None = None
) -> Iterator[ChargingGateway]:
    """Run a gateway on a loopback port for as long as the context lasts."""
    gateway = ChargingGateway(upstream, tariff, rate=rate)
    handler = type("Handler", (_Handler,), {"gateway": gateway})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        gateway.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()
