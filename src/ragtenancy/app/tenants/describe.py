"""A tenant's view of itself."""

from __future__ import annotations

from msgspec import Struct

from ragtenancy.app.config.effective import ReadConfig
from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.app.tenants.usage import MeasureUsage
from ragtenancy.domain.tenant_config import EffectiveLimits, Features
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import TenantUsage


class OwnView(Struct, frozen=True, kw_only=True):
    """What a client may know of itself."""

    client_id: str
    name: str
    greeting: str
    features: Features
    limits: EffectiveLimits
    usage: TenantUsage


class DescribeOwnTenant:
    """Reads a tenant's own view."""

    def __init__(
        self, find_tenant: FindTenant, read_config: ReadConfig, measure: MeasureUsage
    ) -> None:
        self._find_tenant = find_tenant
        self._read_config = read_config
        self._measure = measure

    async def __call__(self, scope: TenantScope) -> OwnView:
        """Return the view."""
        tenant = await self._find_tenant(scope.tenant_id)
        effective = await self._read_config(scope)
        return OwnView(
            client_id=tenant.tenant_id,
            name=tenant.name,
            greeting=effective.config.prompts.greeting,
            features=effective.config.features,
            limits=effective.limits,
            usage=await self._measure(scope),
        )
