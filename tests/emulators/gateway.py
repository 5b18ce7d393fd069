"""A gateway before a server: it passes requests on, or answers some itself with a fault."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})
AT_ONCE = struct.pack("ii", 1, 0)
Opened = TypeVar("Opened", bound="Gateway")


class Fault(Struct, frozen=True, kw_only=True):
    """What is answered instead; `status` 0 breaks the connection."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b'{"code":"fault","message":"secret detail"}'


class Request(Struct, frozen=True, kw_only=True):
    """What a client sent; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Gateway:
    """Answers with `fault`, while one is set, whatever has `where` in its path, and counts it."""

    def __init__(self, upstream: str, where: str) -> None:
        self.upstream = urlsplit(upstream).netloc
        self.where = where
        self.fault: Fault | None = None
        self.endpoint = ""
        self.faults = 0

    def fault_of(self, request: Request) -> Fault | None:
        """Return what is answered instead of passing a request on."""
        return self.fault if self.where in request.path else None

    def headers_of(self, request: Request, reply: bytes) -> Mapping[str, str]:  # noqa: ARG002 - for subclasses
        """Return what is added to the headers of a reply that is passed on."""
        return {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway: Gateway

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, path=self.path, headers=headers, body=body)
        fault = self.gateway.fault_of(request)
        if fault is None:
            status, headers, reply = self._passed_on(body)
            added = self.gateway.headers_of(request, reply)
            kept = {name: value for name, value in headers.items() if name.lower() not in added}
            self._answer(status, {**kept, **added}, reply)
            return
        self.gateway.faults += 1
        if fault.status:
            self._answer(fault.status, fault.headers, fault.body)
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - names of http.server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.gateway.upstream, timeout=10)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            upstream.request(self.command, self.path, body, headers)
            reply = upstream.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            upstream.close()

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(0 if status == 204 else len(body)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else body)


@contextmanager
def gateway(upstream: str, *, where: str) -> Iterator[Gateway]:
    """Run a gateway on a loopback port for as long as the context lasts."""
    with running(Gateway(upstream, where)) as opened:
        yield opened


@contextmanager
def running(opened: Opened) -> Iterator[Opened]:
    """Run a gateway on a loopback port for as long as the context lasts."""
    handler = type("Handler", (_Handler,), {"gateway": opened})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        opened.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield opened
        finally:
            server.shutdown()
            thread.join()
