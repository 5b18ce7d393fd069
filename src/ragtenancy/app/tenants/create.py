"""Making a tenant."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.api_keys.issue import IssueApiKey
from ragtenancy.app.config.rules import ConfigRules
from ragtenancy.app.intents import Intents
from ragtenancy.domain import ids as check
from ragtenancy.domain.errors import AlreadyExistsError
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenant_config import ConfigVersion, TenantConfig
from ragtenancy.domain.tenants import Tenant, tenant_name
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository


class CreatedTenant(Struct, frozen=True, kw_only=True):
    """A new tenant with its first key, which is never seen again.

    `warnings` are sentences about what could not be made as it was asked.
    """

    tenant: Tenant
    api_key: str
    warnings: Sequence[str] = ()


class CreateTenant:
    """Makes a tenant, its storage, its first configuration and its first key."""

    def __init__(
        self,
        tenants: TenantRepository,
        storage: TenantStorage,
        configs: TenantConfigRepository,
        deletions: DeletionRepository,
        issue_key: IssueApiKey,
        rules: ConfigRules,
        intents: Intents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._storage = storage
        self._configs = configs
        self._deletions = deletions
        self._issue_key = issue_key
        self._rules = rules
        self._intents = intents
        self._ids = ids
        self._clock = clock

    async def __call__(
        self,
        tenant_id: str,
        name: str,
        *,
        config: TenantConfig | None = None,
        namespace: str | None = None,
        created_by: str = "operator",
    ) -> CreatedTenant:
        """Return the tenant and its first key.

        Raises `MalformedError` for an id, a name or a namespace of another form, `AlreadyExistsError`
        while either is taken or its former owner's deletion is not verified, `InvalidError`.
        """
        config = config or TenantConfig()
        self._rules.require_valid(config)
        tenant = self._new(tenant_id, name, namespace)
        if await self._deletions.blocking(tenant.tenant_id, tenant.namespace):
            raise AlreadyExistsError("The former owner's deletion is not verified yet.")
        async with self._intents.held(tenant.scope, Work.CREATE):
            await self._tenants.add(tenant)
            await self._storage.create(tenant.scope)
        await self._configs.add(tenant.scope, self._first(tenant, config, created_by))
        issued = await self._issue_key(tenant.tenant_id, label="first")
        return CreatedTenant(tenant=tenant, api_key=issued.api_key)

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

    def _first(self, tenant: Tenant, config: TenantConfig, created_by: str) -> ConfigVersion:
        return ConfigVersion(
            tenant_uid=tenant.tenant_uid,
            version=1,
            config=config,
            created_at=tenant.created_at,
            created_by=created_by,
        )
