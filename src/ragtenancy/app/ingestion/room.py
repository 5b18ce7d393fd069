"""Room for one more job, and for one more document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository


class RoomForJob:
    """Lets a tenant's requests queue jobs one by one, so that each counts those before it.

    Processes do not wait for each other: each may let in one more than the limit at most.
    """

    def __init__(
        self, configs: TenantConfigs, documents: DocumentRepository, jobs: JobRepository
    ) -> None:
        self._configs = configs
        self._documents = documents
        self._jobs = jobs
        self._turns: WeakValueDictionary[TenantUid, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, scope: TenantScope) -> AsyncIterator[None]:
        """Hold the tenant's turn: look, ask for room and write the job within it."""
        async with self._turns.setdefault(scope.tenant_uid, asyncio.Lock()):
            yield

    async def require(self, scope: TenantScope, *, new_document: bool = False) -> None:
        """Raise `LimitError` when there is no room."""
        limits = (await self._configs.effective(scope)).limits
        limits.require_room_for_job(await self._jobs.count_pending(scope))
        if new_document:
            limits.require_room_for_document(await self._documents.count(scope))
