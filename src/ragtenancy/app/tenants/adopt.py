"""Taking over the clients of the original plan."""

from __future__ import annotations

from ragtenancy.app.api_keys.adopt import AdoptPlanKey
from ragtenancy.app.config.rules import ConfigRules
from ragtenancy.app.intents import Intents
from ragtenancy.domain.intents import Work
from ragtenancy.domain.plan_clients import PlanClient
from ragtenancy.domain.tenants import Tenant
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository


class AdoptPlanClient:
    """Makes a tenant of a plan's record: storage, configuration, and its key's record.

    A second time, or after a crash, it makes what is missing and changes nothing that is there.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        storage: TenantStorage,
        configs: TenantConfigRepository,
        adopt_key: AdoptPlanKey,
        rules: ConfigRules,
        intents: Intents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._storage = storage
        self._configs = configs
        self._adopt_key = adopt_key
        self._rules = rules
        self._intents = intents
        self._ids = ids
        self._clock = clock

    async def __call__(self, client: PlanClient) -> Tenant:
        """Return the tenant.

        Raises `InvalidError` for a configuration that does not hold, `AlreadyExistsError` where
        the namespace or the key is another client's.
        """
        self._rules.require_valid(client.config)
        known = await self._tenants.get(client.tenant_id)
        tenant = known or client.tenant(self._ids.tenant_uid(), self._clock.now())
        async with self._intents.held(tenant.scope, Work.CREATE):
            if known is None:
                await self._tenants.add(tenant)
            await self._storage.create(tenant.scope)
        if await self._configs.current(tenant.scope) is None:
            await self._configs.add(tenant.scope, client.first_version(tenant))
        if client.api_key_hash is not None:
            await self._adopt_key(tenant, client.api_key_hash)
        return tenant
