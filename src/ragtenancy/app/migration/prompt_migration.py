"""Migrating the single-tenant installation's prompts to a tenant's configuration."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.plan_prompts import LeftOut, PlanPrompts, Taken
from ragtenancy.domain.tenant_config import ConfigRules, TenantConfig
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.tenant_configs import TenantConfigRepository

MIGRATION = "migration"


class MigratedPrompts(Struct, frozen=True, kw_only=True):
    """The current configuration version; `api_key` is set if the migration created the client.

    `taken` and `left_out` account for every value of the file.
    """

    client_id: str
    version: int
    api_key: str | None = None
    taken: Sequence[Taken] = ()
    left_out: Sequence[LeftOut] = ()


class PromptMigration:
    """Applies a configuration to a client, creating the client if necessary."""

    def __init__(
        self,
        tenant_records: TenantRecords,
        tenants: Tenants,
        tenant_deletions: TenantDeletions,
        configs: TenantConfigs,
        versions: TenantConfigRepository,
        documents: DocumentRepository,
        rules: ConfigRules,
    ) -> None:
        self._tenant_records = tenant_records
        self._tenants = tenants
        self._tenant_deletions = tenant_deletions
        self._configs = configs
        self._versions = versions
        self._documents = documents
        self._rules = rules

    async def migrate(self, tenant_id: TenantId, prompts: PlanPrompts) -> MigratedPrompts:
        """Apply the configuration and read it back; a model not offered here is left out.

        Raises `ConflictError`.
        """
        prompts = _with_offered(prompts, self._rules.offered(prompts.config))
        config, api_key = prompts.config, None
        try:
            put = await self._configs.put(tenant_id, config, created_by=MIGRATION)
            version = put.version
        except NotFoundError:
            created = await self._tenants.create(
                tenant_id, tenant_id, config=config, created_by=MIGRATION
            )
            version, api_key = 1, created.api_key
        in_force = await self._configs.get(tenant_id)
        if (in_force.version, in_force.config) != (version, config):
            raise ConflictError("Another request changed the configuration.")
        return MigratedPrompts(
            client_id=tenant_id,
            version=version,
            api_key=api_key,
            taken=prompts.taken,
            left_out=prompts.left_out,
        )

    async def undo(self, tenant_id: TenantId) -> MigratedPrompts:
        """Restore the previous configuration, or delete the client that the migration created.

        Raises `ConflictError` if the current version is not a migration's, or if the client that
        the migration created has documents by now.
        """
        scope = (await self._tenant_records.find(tenant_id)).scope
        current = await self._versions.current(scope)
        if current is None or current.created_by != MIGRATION:
            raise ConflictError("The current configuration is not from a migration.")
        if current.version > 1:
            back = await self._configs.rollback(tenant_id, current.version - 1, created_by="undo")
            return MigratedPrompts(client_id=tenant_id, version=back.version)
        if await self._documents.count(scope):
            raise ConflictError("The client has documents; use `client delete` to delete it.")
        await self._tenant_deletions.delete(tenant_id, requested_by=MIGRATION)
        return MigratedPrompts(client_id=tenant_id, version=0)


def _with_offered(prompts: PlanPrompts, config: TenantConfig) -> PlanPrompts:
    """Return the prompts with a configuration that is offered, and an account of the difference."""
    if config == prompts.config:
        return prompts
    targets = ("llm_settings.model", "search_settings.embedder")
    withdrawn = [each for each in prompts.taken if each.target in targets]
    left = [
        LeftOut(key=each.key, advice=f"{each.target} is not offered here; the default is used.")
        for each in withdrawn
    ]
    return PlanPrompts(
        config=config,
        taken=[each for each in prompts.taken if each not in withdrawn],
        left_out=[*prompts.left_out, *left],
    )
