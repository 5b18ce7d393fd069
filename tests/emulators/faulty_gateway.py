"""A gateway before an HTTP service that spoils what it is told to."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

AT_ONCE = struct.pack("ii", 1, 0)
HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})
Spoils = Callable[[str, str], bool]


class Gateway:
    """Passes on, but for calls (method and path) that `spoils` picks: they end as `kind` says.

    `reset` breaks off before the call, `lost` after it was done, `silence` says nothing,
    `garbage` answers 200 with a page, `short` cuts the answer's body, a number is a status.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.url = ""
        self.kind = ""
        self.spoils: Spoils = lambda *_: False
        self.spoiled = 0
        self.closing = threading.Event()

    def spoil(self, kind: str, spoils: Spoils = lambda *_: True) -> None:
        """Spoil calls from now on."""
        self.kind, self.spoils = kind, spoils

    def mend(self) -> None:
        """Pass everything on again."""
        self.spoils = lambda *_: False


@contextmanager
def faulty_gateway(upstream: str) -> Iterator[Gateway]:
    """Run a gateway for as long as the context lasts; its URL has the upstream's path."""
    gateway = Gateway(upstream)
    handler = type("BoundHandler", (_Handler,), {"gateway": gateway})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_port}{gateway.upstream.path}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    gateway: ClassVar[Gateway]

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        gateway = self.gateway
        if not gateway.spoils(self.command, self.path):
            self._answer(*self._upstream(body))
            return
        gateway.spoiled += 1
        match gateway.kind:
            case "reset":
                self._reset()
            case "lost":
                self._upstream(body)
                self._reset()
            case "silence":
                gateway.closing.wait()
                self._reset()
            case "garbage":
                self._answer(200, {"Content-Type": "text/html"}, b"<html>Welcome</html>")
            case "short":
                self._answer(*self._upstream(body), cut=True)
            case status:
                self._answer(int(status), {"Retry-After": "7"}, b"")

    def _upstream(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        address = self.gateway.upstream
        connection = HTTPConnection(address.hostname or "", address.port)
        sent = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body, sent)
        reply = connection.getresponse()
        content = reply.read()
        headers = dict(reply.getheaders())
        connection.close()
        return reply.status, headers, content

    def _answer(
        self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False
    ) -> None:
        self.send_response_only(status)
        length = headers.get("content-length") or headers.get("Content-Length")
        for name, value in headers.items():
            if name.lower() not in HOP:
                self.send_header(name, value)
        of_head = self.command == "HEAD" and length is not None
        self.send_header("Content-Length", str(length) if of_head else str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


for _method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
    setattr(_Handler, f"do_{_method}", _Handler._any)
