"""A tenant's quota for pending jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenant_config import EffectiveLimits
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.jobs import JobRepository


class JobQuota:
    """Checks the quota under a lock per tenant, so that each request counts those before it.

    The lock is local to the process: each process may exceed the limit by at most one job.
    """

    def __init__(self, configs: TenantConfigs, jobs: JobRepository) -> None:
        self._configs = configs
        self._jobs = jobs
        self._locks: WeakValueDictionary[TenantUid, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def locked(self, scope: TenantScope) -> AsyncIterator[None]:
        """Hold the tenant's lock, under which to check the quota and write the job."""
        async with self._locks.setdefault(scope.tenant_uid, asyncio.Lock()):
            yield

    async def require(self, scope: TenantScope, *, attached: bool = False) -> EffectiveLimits:
        """Return the limits; raise `LimitError` if that of jobs is reached.

        An attached file's job comes with that of an accepted upload, and needs no room of its own.
        The limit of documents is for the store to check, with the addition.
        """
        limits = (await self._configs.effective(scope)).limits
        if not attached:
            limits.require_room_for_job(await self._jobs.count_pending(scope))
        return limits
