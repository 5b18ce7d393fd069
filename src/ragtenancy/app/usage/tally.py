"""Storing the tally of searches and units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from math import inf

import structlog

from ragtenancy.domain.errors import NotFoundError, RagTenancyError
from ragtenancy.domain.ids import ApiKeyId, TenantId, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Counts, UsageRow, UsageTally, day_of, total
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.usage import UsageRepository

log = structlog.get_logger(__name__)

STORE_EVERY = timedelta(seconds=10)
UNITS_EVERY = 30  # times that
FEW_UNITS = 100.0  # storing takes units too


class SearchTally:
    """Tallies searches, and stores the tally.

    Searches and embedded questions are stored every 10 s, units alone every 5 minutes. All is stored before a report by this process, and at its end.
    """

    def __init__(
        self,
        usage_tally: UsageTally,
        usage_repository: UsageRepository,
        tenant_repository: TenantRepository,
        clock: Clock,
    ) -> None:
        self._tally = usage_tally
        self._usage = usage_repository
        self._tenants = tenant_repository
        self._clock = clock

    def searched(self, scope: TenantScope, key_id: ApiKeyId | None) -> None:
        """Count a search."""
        row = UsageRow(
            day=day_of(self._clock.now()), key_id=key_id or "", counts=Counts(searches=1)
        )
        self._tally.add(scope.tenant_id, row, scope.tenant_uid)

    async def run(self) -> None:
        """Store the tally again and again, until cancelled."""
        for rounds in count(1):
            await self._clock.sleep(STORE_EVERY)
            await self.store(least_units=inf if rounds % UNITS_EVERY else FEW_UNITS)

    async def store(self, *, least_units: float = 0.0) -> None:
        """Store the tally; of a tenant that asked nothing, only `least_units` or more."""
        for (tenant_id, uid), rows in self._tally.take().items():
            counts = total(rows)
            asked = counts.searches or counts.embedding_tokens
            if asked or counts.request_units + counts.read_units >= least_units:
                await self._store(tenant_id, uid, rows)
            else:
                self._put_back(tenant_id, uid, rows)

    async def _store(
        self, tenant_id: TenantId, uid: TenantUid | None, rows: Sequence[UsageRow]
    ) -> None:
        try:
            tenant = await self._tenants.get(tenant_id)
            if tenant is not None and uid in (None, tenant.tenant_uid):
                await self._usage.add(tenant.scope, rows)
        except NotFoundError:
            return  # the client is being deleted
        except RagTenancyError as error:
            log.warning("usage_not_stored", code=error.reason)
            self._put_back(tenant_id, uid, rows)

    def _put_back(
        self, tenant_id: TenantId, uid: TenantUid | None, rows: Sequence[UsageRow]
    ) -> None:
        for row in rows:
            self._tally.add(tenant_id, row, uid)
