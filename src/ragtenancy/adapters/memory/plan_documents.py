"""The plan's records in memory; without any, those of an installation that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.plan_documents import PlanDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.plan_documents import PlanDocuments


class InMemoryPlanDocuments(PlanDocuments):
    """Records by client."""

    def __init__(self, records: Mapping[TenantId, Sequence[PlanDocument]] | None = None) -> None:
        self._records = dict(records or {})

    async def of(self, scope: TenantScope) -> Sequence[PlanDocument]:
        held = self._records.get(scope.tenant_id, ())
        return sorted(held, key=lambda each: each.record_id)

    async def remove(self, scope: TenantScope) -> int:
        return len(self._records.pop(scope.tenant_id, ()))
