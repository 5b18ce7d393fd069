"""What every `WebhookSender` does."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.webhooks.sender import HttpWebhookSender
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.ports.webhooks import WebhookSender
from tests.contract.backends import Backend, Tier, params

HEADERS = {"webhook-id": "evt_1", "content-type": "application/json"}


@asynccontextmanager
async def opened(_folder: Path) -> AsyncIterator[WebhookSender]:
    yield HttpWebhookSender(allow_any=True)


BACKENDS = params(
    Backend[WebhookSender](name="http", tier=Tier.EMBEDDED, adapter=HttpWebhookSender, open=opened)
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def sender(backend: Backend[WebhookSender], tmp_path: Path) -> AsyncIterator[WebhookSender]:
    async with backend.open(tmp_path) as found:
        yield found


class Receiver:
    """A server on loopback that records requests and answers each alike."""

    def __init__(self, reply: bytes) -> None:
        self._reply = reply
        self.requests: list[bytes] = []
        self.port = 0

    @asynccontextmanager
    async def listening(
        self, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1", port: int = 0
    ) -> AsyncIterator[Receiver]:
        server = await asyncio.start_server(self._serve, address, port, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.requests.append(head + await reader.readexactly(length))
        writer.write(self._reply)
        writer.close()


def receiver(status: str = "204 No Content", head: str = "", body: bytes = b"") -> Receiver:
    length = f"content-length: {len(body)}\r\n"
    return Receiver(f"HTTP/1.1 {status}\r\n{length}{head}\r\n".encode() + body)


async def test_a_message_arrives_as_it_is(sender: WebhookSender) -> None:
    async with receiver().listening() as to:
        url = f"http://localhost:{to.port}/hook?a=b"

        status = await sender.send(url, HEADERS, b'{"type":"x"}')

    head, _, body = to.requests[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert (status, body) == (204, b'{"type":"x"}')
    assert lines[0] == b"post /hook?a=b http/1.1"
    assert f"host: localhost:{to.port}".encode() in lines
    assert b"webhook-id: evt_1" in lines


async def test_a_redirect_is_not_followed(sender: WebhookSender) -> None:
    async with receiver().listening() as other:
        place = f"location: http://127.0.0.1:{other.port}/\r\n"
        async with receiver("302 Found", place).listening() as to:
            status = await sender.send(f"http://127.0.0.1:{to.port}/", HEADERS, b"{}")

    assert (status, other.requests) == (302, [])


async def test_the_body_of_a_reply_is_not_read(sender: WebhookSender) -> None:
    endless = Receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nx")
    async with endless.listening() as to:
        assert await sender.send(f"http://127.0.0.1:{to.port}/", HEADERS, b"{}") == 200


@pytest.mark.parametrize("reply", [b"", b"nonsense\r\n\r\n"])
async def test_a_receiver_that_speaks_no_http_is_unreachable(
    sender: WebhookSender, reply: bytes
) -> None:
    async with Receiver(reply).listening() as to:
        with pytest.raises(UnavailableError) as failed:
            await sender.send(f"http://127.0.0.1:{to.port}/", HEADERS, b"{}")

    assert failed.value.reason == "webhook_unreachable"


async def test_a_closed_port_and_an_unknown_host_are_unreachable(sender: WebhookSender) -> None:
    async with receiver().listening() as to:
        port = to.port
    for url in (f"http://127.0.0.1:{port}/", "https://no-such-host.invalid/"):
        with pytest.raises(UnavailableError):
            await sender.send(url, HEADERS, b"{}")
