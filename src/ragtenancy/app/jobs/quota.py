"""A tenant's quota of pending jobs and of documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from ragtenancy.app.config.effective import ReadConfig
from ragtenancy.domain.errors import LimitError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository

PENDING_RETRY_AFTER = 2.0
DOCUMENTS_RETRY_AFTER = 60.0


class JobQuota:
    """Checks the quota under a lock per tenant, so that each request counts those before it.

    The lock is the process's own: each process may exceed the limit by one job at most.
    """

    def __init__(
        self, read_config: ReadConfig, documents: DocumentRepository, jobs: JobRepository
    ) -> None:
        self._read_config = read_config
        self._documents = documents
        self._jobs = jobs
        self._locks: WeakValueDictionary[TenantUid, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def locked(self, scope: TenantScope) -> AsyncIterator[None]:
        """Hold the tenant's lock: check the quota and write the job within it."""
        async with self._locks.setdefault(scope.tenant_uid, asyncio.Lock()):
            yield

    async def require(self, scope: TenantScope, *, new_document: bool = False) -> None:
        """Raise `LimitError` when the quota is used up."""
        limits = (await self._read_config(scope)).limits
        if await self._jobs.count_pending(scope) >= limits.max_pending_jobs:
            raise LimitError(
                "Too many ingestion jobs are pending.",
                code="max_pending_jobs",
                retry_after=PENDING_RETRY_AFTER,
                limit=limits.max_pending_jobs,
            )
        if new_document and await self._documents.count(scope) >= limits.max_documents:
            raise LimitError(
                "The client holds as many documents as it may.",
                code="max_documents",
                retry_after=DOCUMENTS_RETRY_AFTER,
                limit=limits.max_documents,
            )
