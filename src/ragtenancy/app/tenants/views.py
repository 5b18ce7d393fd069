"""A tenant's view of itself, with its usage."""

from __future__ import annotations

from msgspec import Struct

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.usage.reports import UsageReports
from ragtenancy.domain.tenant_config import EffectiveLimits, Features
from ragtenancy.domain.tenants import TenantScope, TenantUsage
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository


class OwnView(Struct, frozen=True, kw_only=True):
    """A client's view of itself."""

    client_id: str
    name: str
    greeting: str
    features: Features
    limits: EffectiveLimits
    usage: TenantUsage


class TenantViews:
    """Describes a tenant to itself, and counts its usage."""

    def __init__(
        self,
        tenant_records: TenantRecords,
        configs: TenantConfigs,
        documents: DocumentRepository,
        jobs: JobRepository,
        manifests: Manifests,
        usage_reports: UsageReports,
    ) -> None:
        self._tenant_records = tenant_records
        self._configs = configs
        self._documents = documents
        self._jobs = jobs
        self._manifests = manifests
        self._reports = usage_reports

    async def own(self, scope: TenantScope) -> OwnView:
        """Return a tenant's view of itself."""
        tenant = await self._tenant_records.find(scope.tenant_id)
        effective = await self._configs.effective(scope)
        return OwnView(
            client_id=tenant.tenant_id,
            name=tenant.name,
            greeting=effective.config.prompts.greeting,
            features=effective.config.features,
            limits=effective.limits,
            usage=await self.usage(scope),
        )

    async def usage(self, scope: TenantScope) -> TenantUsage:
        """Return the tenant's usage, as counted by the stores."""
        manifest = await self._manifests.read(scope)
        used = await self._reports.own(scope)
        return TenantUsage(
            documents=await self._documents.count(scope),
            chunks=manifest.total_chunks,
            bytes=await self._documents.bytes_stored(scope),
            pending_jobs=await self._jobs.count_pending(scope),
            tokens_today=used.tokens_today,
            tokens_this_month=used.month.total_tokens,
            questions_this_month=used.month.questions,
        )
