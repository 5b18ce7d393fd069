"""A sender of webhooks that keeps what it is to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.webhook_targets import require_target
from ragtenancy.ports.webhooks import WebhookSender


class ScriptedWebhookSender(WebhookSender):
    """Answers each message with `status`, or not at all."""

    def __init__(self) -> None:
        self.status: int | None = 204
        self.sent: list[tuple[str, Mapping[str, str], bytes]] = []

    async def check(self, url: str) -> None:
        require_target(url, allow_any=False)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.sent.append((url, headers, body))
        if self.status is None:
            raise UnavailableError("The address did not answer.", code="webhook_unreachable")
        return self.status

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The sent messages."""
        return [msgspec.json.decode(body) for _, _, body in self.sent]

    @property
    def urls(self) -> set[str]:
        """The addresses that messages went to."""
        return {url for url, _, _ in self.sent}

    @property
    def kinds(self) -> list[str]:
        """The types of the sent messages."""
        return [message["type"] for message in self.messages]
