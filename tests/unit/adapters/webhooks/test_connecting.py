"""Messages go to the host that was checked: its certificate and its address, and nowhere else."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragtenancy.adapters.webhooks.sender import HttpWebhookSender
from ragtenancy.domain import webhook_targets
from ragtenancy.domain.errors import InvalidError, RagTenancyError, UnavailableError
from tests.certificates import Authority
from tests.contract.test_webhook_sender import HEADERS, Receiver, receiver

PUBLIC, PRIVATE = "93.184.215.14", "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Return an authority that this process trusts, as an operator's own would be."""
    made: Any = ssl.create_default_context  # tests/conftest.py caches it
    monkeypatch.setattr(ssl, "create_default_context", made.__wrapped__)
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    return authority


@pytest.fixture
def sender(authority: Authority) -> HttpWebhookSender:  # noqa: ARG001 - it must be trusted first
    return HttpWebhookSender(allow_any=True)


class Resolver:
    """A name server that gives each question the next of its answers."""

    def __init__(self, answers: list[list[str]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    async def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        answer = self._answers.pop(0)
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(0, 0, 0, "", (address, port)) for address in answer]


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Resolver]:
    def answer(*answers: list[str]) -> Resolver:
        resolver = Resolver([*answers])
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolver.getaddrinfo)
        return resolver

    return answer


# -- certificates


async def test_a_message_arrives_over_tls(authority: Authority, sender: HttpWebhookSender) -> None:
    async with receiver().listening(authority.server("localhost")) as to:
        status = await sender.send(f"https://localhost:{to.port}/hook", HEADERS, b'{"a":1}')

    assert status == 204
    assert to.requests[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert to.requests[0].endswith(b'{"a":1}')


@pytest.mark.parametrize(
    "names", [["elsewhere.example"], ["127.0.0.1"], ["*.localhost"], ["localhost.example"]]
)
async def test_a_certificate_for_another_name_is_refused(
    authority: Authority, sender: HttpWebhookSender, names: list[str]
) -> None:
    async with receiver().listening(authority.server(*names)) as to:
        with pytest.raises(UnavailableError) as failed:
            await sender.send(f"https://localhost:{to.port}/", HEADERS, b"{}")

    assert (failed.value.reason, to.requests) == ("webhook_unreachable", [])


async def test_an_address_needs_a_certificate_for_it(
    authority: Authority, sender: HttpWebhookSender
) -> None:
    async with receiver().listening(authority.server("127.0.0.1")) as to:
        assert await sender.send(f"https://127.0.0.1:{to.port}/", HEADERS, b"{}") == 204
    async with receiver().listening(authority.server("localhost")) as to:
        with pytest.raises(UnavailableError):
            await sender.send(f"https://127.0.0.1:{to.port}/", HEADERS, b"{}")


async def test_an_expired_certificate_and_an_unknown_authority_are_refused(
    authority: Authority, sender: HttpWebhookSender, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    contexts = [
        authority.server("localhost", expired=True),
        Authority(tmp_path / "other").server("localhost"),
    ]
    for tls in contexts:
        async with receiver().listening(tls) as to:
            with pytest.raises(UnavailableError):
                await sender.send(f"https://localhost:{to.port}/", HEADERS, b"{}")
        assert to.requests == []


async def test_a_redirect_over_tls_is_not_followed(
    authority: Authority, sender: HttpWebhookSender
) -> None:
    tls = authority.server("localhost")
    async with receiver().listening(tls) as other:
        place = f"location: https://localhost:{other.port}/\r\n"
        async with receiver("307 Temporary Redirect", place).listening(tls) as to:
            status = await sender.send(f"https://localhost:{to.port}/", HEADERS, b"{}")

    assert (status, other.requests) == (307, [])


# -- addresses


async def test_a_name_is_resolved_once_and_the_checked_address_connected_to(
    authority: Authority, sender: HttpWebhookSender, resolving: Callable[..., Resolver]
) -> None:
    tls = authority.server("rebinding.example")
    resolver = resolving(["127.0.0.1"], ["127.0.0.2"])
    async with (
        receiver().listening(tls) as checked,
        receiver().listening(tls, "127.0.0.2", checked.port) as other,
    ):
        url = f"https://rebinding.example:{checked.port}/"
        status = await sender.send(url, HEADERS, b"{}")

    assert (status, resolver.asked) == (204, ["rebinding.example"])
    assert (len(checked.requests), other.requests) == (1, [])


async def test_a_name_that_becomes_private_is_refused_when_sent_to(
    resolving: Callable[..., Resolver], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving([PUBLIC], [PRIVATE], [PUBLIC, PRIVATE], [PRIVATE, PUBLIC])
    sender = HttpWebhookSender(allow_any=False)
    async with receiver().listening() as to:
        monkeypatch.setattr(webhook_targets, "PORTS", frozenset({to.port}))
        url = f"https://rebinding.example:{to.port}/"
        await sender.check(url)
        for _ in range(3):
            with pytest.raises(InvalidError) as refused:
                await sender.send(url, HEADERS, b"{}")

    assert (refused.value.reason, to.requests) == ("webhook_target", [])


async def test_what_names_exist_inside_is_not_told(resolving: Callable[..., Resolver]) -> None:
    resolving([PRIVATE], [])
    sender = HttpWebhookSender(allow_any=False)

    refusals = []
    for url in ("https://vault.internal/", "https://absent.internal/"):
        with pytest.raises(RagTenancyError) as refused:
            await sender.check(url)
        refusals.append((refused.value.reason, refused.value.detail))

    assert refusals[0] == refusals[1]


FORMS = [
    *("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1"),
    *("0", "00000000000", "169.254.169.254", "2852039166", "0xa9fea9fe", "10.0.0.1"),
    *("localhost", "LOCALHOST"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[0:0:0:0:0:ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fd00:ec2::254]"),
    *("example.com@127.0.0.1", "127.0.0.1#@example.com", "example.com\\@127.0.0.1", "127.0.0.1\t"),
    *("127。0。0。1", "①②⑦.0.0.1", "ⓛocalhost", "127.0.0.1 .example.com"),
]


@pytest.mark.parametrize("host", FORMS)
@pytest.mark.parametrize("port", ["", ":8443"])
async def test_no_form_of_a_private_address_is_connected_to(host: str, port: str) -> None:
    sender = HttpWebhookSender(allow_any=False)
    for act in (sender.check, lambda url: sender.send(url, HEADERS, b"{}")):
        with pytest.raises(InvalidError) as refused:
            await act(f"https://{host}{port}/")

        assert refused.value.reason == "webhook_target"


@pytest.mark.parametrize("host", ["localhost.", "127.0.0.1.", "ip6-localhost", "[fe80::1%25lo]"])
async def test_a_form_that_only_some_resolvers_know_is_not_connected_to(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver().listening() as to:
        monkeypatch.setattr(webhook_targets, "PORTS", frozenset({to.port}))
        url = f"https://{host}:{to.port}/"
        with pytest.raises(RagTenancyError):
            await HttpWebhookSender(allow_any=False).send(url, HEADERS, b"{}")

    assert to.requests == []


# -- hostile replies


ENDLESS = {
    "an endless header": b"HTTP/1.1 200 OK\r\nx: " + b"x" * 5_000_000,
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500_000,
    "two lengths": b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "a strange status": b"HTTP/1.1 99999 OK\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
}


@pytest.mark.parametrize("reply", ENDLESS.values(), ids=ENDLESS)
async def test_a_hostile_reply_is_a_miss(sender: HttpWebhookSender, reply: bytes) -> None:
    async with Receiver(reply).listening() as to:
        with pytest.raises(UnavailableError):
            await sender.send(f"http://127.0.0.1:{to.port}/", HEADERS, b"{}")
