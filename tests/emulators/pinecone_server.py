"""A stateful server that speaks as much of Pinecone's protocol as its SDK uses here.

Both planes are on one host; each API key is a project of its own with one index, so that tests
do not see each other. `python -m tests.emulators.pinecone_server 8085 --lag 2` runs it alone.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from tests.emulators.pinecone_operations import OPERATIONS, Call, RefusedError, Reply, require
from tests.emulators.pinecone_state import Fault, Project

AT_ONCE = struct.pack("ii", 1, 0)
MAX_REQUEST = 2 * 1024 * 1024
MAX_REPLY = 4 * 1024 * 1024


class PineconeServer:
    """The projects, by API key. `data_url` is where an index says that its data plane is."""

    def __init__(self) -> None:
        self.projects: dict[str, Project] = {}
        self.lock = threading.Lock()
        self.url = ""
        self.data_url = ""
        self.lag = 0.0
        self.closing = threading.Event()

    def project(self, key: str) -> Project:
        """Return the project of an API key, made if it is new."""
        return self.projects.setdefault(key, Project(lag=self.lag))

    def answer(self, key: str, name: str, call: Call) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of a call."""
        with self.lock:
            try:
                reply: Reply = OPERATIONS[name][2](self.project(key), call)
                body = orjson.dumps(reply.body, option=orjson.OPT_SERIALIZE_NUMPY)
                require(len(body) <= MAX_REPLY, "the reply is larger than 4 MB")
            except RefusedError as error:
                return error.status, {}, _problem(error.status, str(error))
        return reply.status, reply.headers, body


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    served: PineconeServer

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = self.headers.get("Api-Key") or ""
        url = urlsplit(self.path)
        name, parts = _operation(self.command, url.path)
        if not key:
            self._send(401, {}, _problem(401, "no API key"))
        elif name is None:
            self._send(404, {}, _problem(404, "no such operation"))
        elif len(body) > MAX_REQUEST:
            self._send(400, {}, _problem(400, "the request is larger than 2 MB"))
        else:
            call = Call(
                parts=parts,
                query=parse_qs(url.query),
                body=orjson.loads(body) if body else {},
                data_url=self.served.data_url,
            )
            self._perform(key, name, call)

    def _perform(self, key: str, name: str, call: Call) -> None:
        project = self.served.project(key)
        with self.served.lock:
            project.calls.append(name)
            project.meanwhile.pop(name, lambda: None)()
            fault = project.fault(name)
        if fault is None:
            self._send(*self.served.answer(key, name, call))
        else:
            self._fail(fault, lambda: self.served.answer(key, name, call))

    def _fail(self, fault: Fault, perform: Callable[[], tuple[int, dict[str, str], bytes]]) -> None:
        if isinstance(fault.kind, int):
            body = orjson.dumps(fault.body) if fault.body else _problem(fault.kind, "secret detail")
            self._send(fault.kind, fault.headers, body)
        elif fault.kind == "garbage":
            self._send(200, {}, b'{"vectors": [[[')
        elif fault.kind in ("short", "foreign"):
            status, headers, body = perform()
            self._send(status, headers, orjson.dumps(_spoilt(fault.kind, orjson.loads(body))))
        else:
            if fault.kind == "lost":
                perform()
            if fault.kind == "timeout":
                self.served.closing.wait(20)
            self._reset()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _operation(method: str, path: str) -> tuple[str | None, list[str]]:
    for name, (verb, pattern, _) in OPERATIONS.items():
        found = re.fullmatch(pattern, path) if verb == method else None
        if found:
            return name, [unquote(part) for part in found.groups()]
    return None, []


def _problem(status: int, message: str) -> bytes:
    return json.dumps({"code": status, "message": message, "details": []}).encode()


def _spoilt(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of the protocol that is not true."""
    if kind == "foreign":
        records = [*body.get("matches", []), *body.get("vectors", {}).values()]
        for record in records:
            record["metadata"]["tenant_uid"] = "t" + "z" * 26
        return body
    spoilt = {**body, "namespaces": []} if "namespaces" in body else dict(body)
    if "upsertedCount" in spoilt:
        spoilt["upsertedCount"] -= 1
    for name in ("matches", "vectors"):
        if spoilt.get(name):
            kept = list(spoilt[name])[:-1]
            spoilt[name] = kept if name == "matches" or isinstance(spoilt[name], list) else {
                k: spoilt[name][k] for k in kept
            }  # fmt: skip
    return spoilt


@contextmanager
def pinecone_server(port: int = 0) -> Iterator[PineconeServer]:
    """Serve on loopback for as long as the context lasts."""
    served = PineconeServer()
    handler = type("Bound", (Handler,), {"served": served})
    http = ThreadingHTTPServer(("127.0.0.1", port), handler)
    http.daemon_threads = True
    http.block_on_close = False
    served.url = served.data_url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(
        target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield served
    finally:
        served.closing.set()
        http.shutdown()
        thread.join()
        http.server_close()


def main() -> None:
    """Serve until the process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--lag", type=float, default=0.0, help="seconds until reads see a write")
    parser.add_argument("--data-url", default="", help="where indexes say their data plane is")
    asked = parser.parse_args()
    with pinecone_server(asked.port) as served:
        served.lag = asked.lag
        served.data_url = asked.data_url or served.url
        print(served.url, flush=True)  # noqa: T201 - whoever starts it reads it
        threading.Event().wait()


if __name__ == "__main__":
    main()
