"""The whole application on in-memory and on SQLite stores: real use cases, no network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragtenancy.app.chat.events import ChatMessage, ChatReply
from ragtenancy.app.ingestion.acceptance import Accepted
from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.app.jobs.jobs import JobView
from ragtenancy.app.search.search import SearchReply, SearchRequest
from ragtenancy.container import Container
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.jobs import MAX_BACKOFF
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock

GUIDE = """# Refunds

Refunds are paid within 30 days of purchase. Contact ERR-4021 support for failures.

# Reports

Open Reports and press New to create a report. A report can be shared with a team.
"""


class Installation:
    """An installation with helpers for tests."""

    def __init__(self, container: Container) -> None:
        self.container = container

    async def tenant(
        self, tenant_id: str = "acme", config: TenantConfig | None = None
    ) -> TenantScope:
        created = await self.container.tenants().create(tenant_id, tenant_id.title(), config=config)
        return created.tenant.scope

    async def submit(
        self,
        scope: TenantScope,
        text: str = GUIDE,
        *,
        filename: str = "guide.md",
        document_id: DocumentId | None = None,
        idempotency_key: str | None = None,
        metadata: dict[str, str | int | float | bool] | None = None,
    ) -> Accepted:
        upload = NewUpload(
            filename=filename,
            body=pieces(text.encode()),
            document_id=document_id,
            idempotency_key=idempotency_key,
            metadata=metadata or {},
        )
        return await self.container.uploads().submit(scope, upload)

    async def ingest(self, scope: TenantScope, text: str = GUIDE, **options: str) -> DocumentId:
        accepted = await self.submit(scope, text, **options)  # type: ignore[arg-type]
        await self.work()
        return accepted.document_id

    async def work(self) -> None:
        await self.container.worker().run(until_idle=True)

    async def work_through(self, attempts: int) -> None:
        """Work through all jobs, advancing the clock past every backoff."""
        for _ in range(attempts):
            await self.work()
            clock = self.container.clock()
            assert isinstance(clock, ScriptedClock)
            clock.advance(MAX_BACKOFF)

    async def job(self, scope: TenantScope, accepted: Accepted) -> JobView:
        return await self.container.jobs().get(scope, accepted.job_id)

    async def search(self, scope: TenantScope, query: str, **options: object) -> SearchReply:
        request = SearchRequest(query=query, **options)  # type: ignore[arg-type]
        return await self.container.search().search(scope, request)

    async def ask(self, scope: TenantScope, message: str, **options: object) -> ChatReply:
        chat = ChatMessage(message=message, **options)  # type: ignore[arg-type]
        return await self.container.chat().reply(scope, chat)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1_000):
        yield data[start : start + 1_000]
    if not data:
        yield b""


@pytest.fixture(params=["memory", "sqlite"])
async def container(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Container]:
    container = in_memory_container(Settings(storage=request.param, data_dir=tmp_path))
    async with container.closers():
        yield container


@pytest.fixture
def installation(container: Container) -> Installation:
    return Installation(container)
