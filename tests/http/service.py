"""The whole application behind its HTTP API, with helpers for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import httpx
from dependency_injector import providers
from litestar import Litestar

from ragtenancy.container import Container
from ragtenancy.http.app import create_app
from ragtenancy.ports.health import Probe
from ragtenancy.ports.tracing import Tracer
from ragtenancy.settings import Settings
from tests.doubles import FailingEmbedder, RecordingChatModel, in_memory_container
from tests.scripted.clock import ScriptedClock

OPERATOR = "o" * 40
ANSWER = "Refunds take 30 days [1]."
GUIDE = """# Refunds

Refunds are paid within 30 days of purchase. Contact ERR-4021 support for failures.

# Reports

Open Reports and press New to create a report. A report can be shared with a team.
"""
Fields = dict[str, str]


class Service:
    """An application on in-memory stores; its workers run on a test's request."""

    def __init__(
        self,
        settings: Settings | None = None,
        chat_model: RecordingChatModel | None = None,
        tracer: Tracer | None = None,
        probes: Sequence[Probe] = (),
    ) -> None:
        self.chat_model = chat_model or RecordingChatModel(ANSWER)
        self.container: Container = in_memory_container(settings)
        self.clock = cast("ScriptedClock", self.container.clock())
        self.embedder = cast("FailingEmbedder", self.container.embedder())
        if tracer is not None:
            self.container.tracer.override(providers.Object(tracer))
        self.container.chat_model.override(providers.Object(self.chat_model))
        self.container.admin_keys.override(providers.Object({"olga": OPERATOR}))
        self.container.probes.override(providers.Object(probes))
        self.app: Litestar = create_app(self.container)
        transport = httpx.ASGITransport(app=cast("Any", self.app))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test")

    async def call(
        self, method: str, path: str, key: str | None = None, **request: Any
    ) -> httpx.Response:
        headers = {"X-API-Key": key} if key is not None else {}
        return await self.http.request(
            method, path, headers=headers | request.pop("headers", {}), **request
        )

    async def operate(self, method: str, path: str, **request: Any) -> httpx.Response:
        return await self.call(method, f"/api/v1/admin/{path}", OPERATOR, **request)

    async def create(self, client_id: str = "acme", **body: Any) -> str:
        """Create a client; return its first key."""
        made = await self.operate(
            "POST", "clients", json={"client_id": client_id, "name": client_id.title(), **body}
        )
        assert made.status_code == 201, made.text
        return str(made.json()["api_key"])

    async def key(self, client_id: str = "acme", **body: Any) -> dict[str, Any]:
        """Create another key for a client; return the reply."""
        made = await self.operate("POST", f"clients/{client_id}/keys", json=body)
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def configure(self, **config: Any) -> httpx.Response:
        return await self.operate("PUT", "clients/acme/config", json=config)

    async def upload(
        self,
        key: str,
        text: str | bytes = GUIDE,
        filename: str = "guide.md",
        *,
        fields: Fields | None = None,
        headers: Fields | None = None,
    ) -> httpx.Response:
        body = text.encode() if isinstance(text, str) else text
        return await self.call(
            "POST",
            "/api/v1/ingest/document",
            key,
            files={"file": (filename, body)},
            data=fields or {},
            headers=headers or {},
        )

    async def ingest(self, key: str, text: str = GUIDE, filename: str = "guide.md") -> Any:
        """Upload and ingest a document; return the reply to the upload."""
        accepted = await self.upload(key, text, filename)
        assert accepted.status_code == 202, accepted.text
        await self.work()
        return accepted.json()

    async def webhook(self, key: str, **body: Any) -> dict[str, Any]:
        """Create a webhook and send it a test message; return both replies."""
        wanted = {"url": "https://example.com/hook", "events": ["document.ready"], **body}
        made = await self.call("POST", "/api/v1/webhooks", key, json=wanted)
        assert made.status_code == 201, made.text
        path = f"/api/v1/webhooks/{made.json()['webhook_id']}/test"
        return {**made.json(), **(await self.call("POST", path, key)).json()}

    async def work(self) -> None:
        await self.container.worker().run(until_idle=True)

    async def search(self, key: str, query: str = "refunds", **body: Any) -> Any:
        found = await self.call("POST", "/api/v1/search", key, json={"query": query, **body})
        assert found.status_code == 200, found.text
        return found.json()

    async def ask(
        self, key: str, message: str = "How long do refunds take?", **body: Any
    ) -> httpx.Response:
        return await self.call("POST", "/api/v1/chat", key, json={"message": message, **body})
