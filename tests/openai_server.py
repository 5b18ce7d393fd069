"""A server on loopback that speaks as much of OpenAI's protocol as the adapters use."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Reply = tuple[int, dict[str, str], Iterable[bytes]]
RESET: Reply = (0, {}, [])
AT_ONCE = struct.pack("ii", 1, 0)


class OpenAIServer:
    """Answers with `reply(path, body)`, keeps every path and body.

    `RESET` breaks the connection instead. `sent` counts the pieces of replies that were sent.
    """

    def __init__(self, reply: Callable[[str, Body], Reply]) -> None:
        self.reply = reply
        self.bodies: list[Body] = []
        self.paths: list[str] = []
        self.url = ""
        self.sent = 0
        self.closing = threading.Event()

    def silence(self, *_: object) -> Reply:
        """Say nothing until the server ends."""
        self.closing.wait()
        return RESET

    def drip(self, *_: object) -> Reply:
        """Answer one space at a time, without an end."""
        return 200, {"Content-Type": "application/json"}, self._drops()

    def _drops(self) -> Iterator[bytes]:
        while not self.closing.wait(0.02):
            yield b" "


def json_reply(body: object, status: int = 200, **headers: str) -> Reply:
    sent = {"Content-Type": "application/json", **headers}
    return status, sent, [json.dumps(body).encode()]


def error_reply(
    status: int,
    code: str | None = "c",
    *,
    message: str = "secret detail",
    param: str | None = None,
    **headers: str,
) -> Reply:
    error = {"message": message, "code": code, "param": param}
    return json_reply({"error": error}, status, **headers)


def completion_reply(content: str | None, *, finish: str = "stop") -> Reply:
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": content},
    }
    return json_reply({**_base(), "object": "chat.completion", "choices": [choice]})


def stream_reply(*texts: str, finish: str = "stop") -> Reply:
    ends = [chunk({}, finish), usage_chunk()]
    return events_reply(*(chunk({"content": text}) for text in texts), *ends)


def reasoning(said: Reply) -> Callable[[str, Body], Reply]:
    """Answer as OpenAI's reasoning models do: no `max_tokens`, no temperature but 1."""

    def reply(_: str, body: Body) -> Reply:
        if "max_tokens" in body:
            message = (
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead."
            )
            return error_reply(400, "unsupported_parameter", message=message, param="max_tokens")
        if body.get("temperature", 1) != 1:
            message = (
                f"Unsupported value: 'temperature' does not support {body['temperature']} with "
                "this model. Only the default (1) value is supported."
            )
            return error_reply(400, "unsupported_value", message=message, param="temperature")
        return said

    return reply


def events_reply(*events: Body, done: bool = True) -> Reply:
    """Return a stream of these events, as they are."""
    lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    end = [b"data: [DONE]\n\n"] if done else []
    return 200, {"Content-Type": "text/event-stream"}, [*lines, *end]


def broken(reply: Reply) -> Reply:
    """Return a reply whose connection is reset where it would end."""
    status, headers, pieces = reply
    return status, {**headers, "Content-Length": "1000000"}, pieces


def embedding_reply(body: Body, dimension: int = 1536, **changes: Any) -> Reply:
    rows = [
        {"object": "embedding", "index": i, "embedding": [float(len(text) + 1)] * dimension}
        for i, text in enumerate(body["input"])
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json_reply({"object": "list", "model": "m", "data": rows, "usage": usage, **changes})


@contextmanager
def openai_server(reply: Callable[[str, Body], Reply]) -> Iterator[OpenAIServer]:
    """Serve on loopback for as long as the context lasts."""
    served = OpenAIServer(reply)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            served.bodies.append(body)
            served.paths.append(self.path)
            status, headers, pieces = served.reply(self.path, body)
            if status == 0:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in pieces:
                self.wfile.write(piece)
                served.sent += 1

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            return  # whoever asked is gone

    server = Server(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _base() -> Body:
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def usage_chunk() -> Body:
    """Return the last chunk of a stream that was asked for its usage."""
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    return {**_base(), "choices": [], "usage": usage}


def chunk(delta: Body, finish: str | None = None) -> Body:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_base(), "choices": [choice]}
