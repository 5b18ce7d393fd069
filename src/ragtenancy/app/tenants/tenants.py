"""Creating tenants, and adopting those of the original plan."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.api_keys import ApiKeys
from ragtenancy.app.intents import Intents
from ragtenancy.domain import ids as check
from ragtenancy.domain.errors import AlreadyExistsError
from ragtenancy.domain.intents import Work
from ragtenancy.domain.plan_clients import AUTHOR, PlanClient
from ragtenancy.domain.tenant_config import ConfigRules, ConfigVersion, TenantConfig
from ragtenancy.domain.tenants import Tenant, tenant_name
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository


class CreatedTenant(Struct, frozen=True, kw_only=True):
    """A new tenant with its first key, which is never shown again.

    `warnings` are sentences about anything that could not be created as requested.
    """

    tenant: Tenant
    api_key: str
    warnings: Sequence[str] = ()


class Tenants:
    """Creates tenants: record, storage, first configuration and first key."""

    def __init__(
        self,
        tenants: TenantRepository,
        storage: TenantStorage,
        configs: TenantConfigRepository,
        deletions: DeletionRepository,
        api_keys: ApiKeys,
        rules: ConfigRules,
        intents: Intents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._storage = storage
        self._configs = configs
        self._deletions = deletions
        self._api_keys = api_keys
        self._rules = rules
        self._intents = intents
        self._ids = ids
        self._clock = clock

    async def create(
        self,
        tenant_id: str,
        name: str,
        *,
        config: TenantConfig | None = None,
        namespace: str | None = None,
        created_by: str = "operator",
    ) -> CreatedTenant:
        """Create a tenant; return it with its first key.

        Raises `MalformedError` for a malformed id, name or namespace; `AlreadyExistsError` if the
        id or the namespace is taken, or its former owner's deletion is not verified;
        `InvalidError`.
        """
        config = config or TenantConfig()
        self._rules.require_valid(config)
        tenant = self._new(tenant_id, name, namespace)
        if await self._deletions.blocking(tenant.tenant_id, tenant.namespace):
            raise AlreadyExistsError(
                "The deletion of the id's or namespace's former owner is not verified yet."
            )
        async with self._intents.held(tenant.scope, Work.CREATE):
            await self._tenants.add(tenant)
            await self._storage.create(tenant.scope)
        await self._configs.add(tenant.scope, _first_version(tenant, config, created_by))
        issued = await self._api_keys.issue(tenant.tenant_id, label="first")
        return CreatedTenant(tenant=tenant, api_key=issued.api_key)

    async def adopt(self, client: PlanClient) -> Tenant:
        """Create a plan client's tenant with storage, configuration and key record; return it.

        When repeated, or after a crash, it creates only what is missing and changes nothing that
        exists. Raises `InvalidError` for an invalid configuration, `AlreadyExistsError` if the
        namespace or the key belongs to another client.
        """
        self._rules.require_valid(client.config)
        known = await self._tenants.get(client.tenant_id)
        tenant = known or client.tenant(self._ids.tenant_uid(), self._clock.now())
        async with self._intents.held(tenant.scope, Work.CREATE):
            if known is None:
                await self._tenants.add(tenant)
            await self._storage.create(tenant.scope)
        if await self._configs.current(tenant.scope) is None:
            await self._configs.add(tenant.scope, _first_version(tenant, client.config, AUTHOR))
        if client.api_key_hash is not None:
            await self._api_keys.adopt(tenant, client.api_key_hash)
        return tenant

    def _new(self, tenant_id: str, name: str, namespace: str | None) -> Tenant:
        now = self._clock.now()
        checked = check.tenant_id(tenant_id)
        return Tenant(
            tenant_id=checked,
            tenant_uid=self._ids.tenant_uid(),
            namespace=check.namespace(checked if namespace is None else namespace),
            name=tenant_name(name),
            created_at=now,
            updated_at=now,
        )


def _first_version(tenant: Tenant, config: TenantConfig, created_by: str) -> ConfigVersion:
    return ConfigVersion(
        tenant_uid=tenant.tenant_uid,
        version=1,
        config=config,
        created_at=tenant.created_at,
        created_by=created_by,
    )
