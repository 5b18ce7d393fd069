"""A client as the original plan stores it: one record with everything, including its key's hash."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from ragtenancy.domain.ids import Namespace, TenantId, TenantUid
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.domain.tenants import Tenant, TenantStatus

AUTHOR = "plan"


class PlanClient(Struct, frozen=True, kw_only=True):
    """The plan's record; `api_key_hash` is the SHA-256 in hex, None if it is not a hash."""

    tenant_id: TenantId
    name: str
    namespace: Namespace
    status: TenantStatus = TenantStatus.ACTIVE
    config: TenantConfig = TenantConfig()
    api_key_hash: str | None = None

    def tenant(self, tenant_uid: TenantUid, at: datetime) -> Tenant:
        """Return the tenant that it becomes."""
        return Tenant(
            tenant_id=self.tenant_id,
            tenant_uid=tenant_uid,
            namespace=self.namespace,
            name=self.name,
            status=self.status,
            created_at=at,
            updated_at=at,
        )
