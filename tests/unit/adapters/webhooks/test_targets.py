"""Webhooks do not reach addresses that are not public."""

from __future__ import annotations

import asyncio

import pytest

from ragtenancy.adapters.webhooks.sender import HttpWebhookSender
from ragtenancy.domain.errors import InvalidError

PRIVATE = ["https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]:8443/x"]


@pytest.mark.parametrize("url", [*PRIVATE, "https://2130706433/", "https://0x7f.1/"])
async def test_addresses_that_are_not_public_are_refused(url: str) -> None:
    sender = HttpWebhookSender(allow_any=False)

    with pytest.raises(InvalidError) as checked:
        await sender.check(url)
    with pytest.raises(InvalidError) as sent:
        await sender.send(url, {}, b"{}")

    assert {checked.value.reason, sent.value.reason} == {"webhook_target"}


async def test_a_name_that_leads_to_loopback_is_not_connected_to() -> None:
    connections: list[object] = []
    server = await asyncio.start_server(
        lambda _, writer: connections.append(writer), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(InvalidError):
            await HttpWebhookSender(allow_any=False).send(f"https://localhost:{port}/", {}, b"{}")

    assert connections == []
