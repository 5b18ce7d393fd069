"""Counting what a tenant holds."""

from __future__ import annotations

from ragtenancy.app.search.manifests import Manifests
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import TenantUsage
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository


class MeasureUsage:
    """Reads the counts from the stores."""

    def __init__(
        self, documents: DocumentRepository, jobs: JobRepository, manifests: Manifests
    ) -> None:
        self._documents = documents
        self._jobs = jobs
        self._manifests = manifests

    async def __call__(self, scope: TenantScope) -> TenantUsage:
        """Return documents, chunks that answer, bytes of originals and pending jobs."""
        manifest = await self._manifests.read(scope)
        return TenantUsage(
            documents=await self._documents.count(scope),
            chunks=sum(entry.total_chunks for entry in manifest.entries.values()),
            bytes=await self._documents.bytes_stored(scope),
            pending_jobs=await self._jobs.count_pending(scope),
        )
