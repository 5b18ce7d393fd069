"""Moving clients in Python."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from ragtenancy.app.migration.bundle_format import BundledClient
from ragtenancy.app.migration.namespace_migration import Migrated
from ragtenancy.app.migration.prompt_migration import MigratedPrompts
from ragtenancy.app.tenants.tenants import CreatedTenant
from ragtenancy.composition import migration
from ragtenancy.composition.client_files import read_prompts
from ragtenancy.container import Container
from ragtenancy.domain import ids


class Migration:
    """Bundles, and what the single-tenant installation leaves: prompts and a namespace."""

    def __init__(self, container: Container) -> None:
        self._container = container

    async def export_tenant(self, tenant_id: str, path: str | PathLike[str]) -> BundledClient:
        """Write what a tenant has into a bundle: documents, vectors, configurations, sessions.

        Keys stay behind, and uploads that do not answer yet. Raises `NotFoundError`,
        `InvalidError` where the file is there already.
        """
        with migration.bundle_to_write(Path(path)) as bundle:
            return await self._container.bundles().export(ids.tenant_id(tenant_id), bundle)

    async def import_tenant(
        self, path: str | PathLike[str], *, tenant_id: str | None = None
    ) -> CreatedTenant:
        """Make a tenant of a bundle, under its own id or another; nothing answers until all does.

        A model that is not offered here becomes null, which `warnings` of the reply say.
        Raises `MalformedError` (`bad_bundle`), `AlreadyExistsError`.
        """
        bundle = migration.bundle_to_read(Path(path))
        return await self._container.bundles().import_(bundle, client_id=tenant_id)

    async def migrate_prompts(self, path: str | PathLike[str], tenant_id: str) -> MigratedPrompts:
        """Put `prompts.yaml` in force for a tenant, made where it is not there yet.

        Raises `MalformedError`, `InvalidError`.
        """
        config = read_prompts(Path(path)).config().filled()
        return await self._container.prompt_migration().migrate(ids.tenant_id(tenant_id), config)

    async def undo_prompts(self, tenant_id: str) -> MigratedPrompts:
        """Take `migrate_prompts` back. Raises `ConflictError` where that is not the last change."""
        return await self._container.prompt_migration().undo(ids.tenant_id(tenant_id))

    async def migrate_namespace(self, tenant_id: str, source: str) -> Migrated:
        """Copy a namespace into a tenant's, compare every record, then let it answer.

        One that broke off goes on. Raises `ConflictError` (`not_verified`), `InvalidError`.
        """
        migration = self._container.namespace_migration()
        return await migration.migrate(ids.tenant_id(tenant_id), ids.Namespace(source))

    async def rehearse_namespace(self, source: str, into: str) -> Migrated:
        """Copy a namespace into one that is nobody's, and compare every record."""
        migration = self._container.namespace_migration()
        return await migration.rehearse(ids.Namespace(source), ids.namespace(into))

    async def undo_namespace(self, target: str) -> Migrated:
        """Remove what a migration or a rehearsal made in a namespace."""
        return await self._container.namespace_migration().undo(ids.namespace(target))

    async def delete_source(self, tenant_id: str) -> int:
        """Delete the records that a tenant's namespace was copied from; return how many."""
        return await self._container.namespace_migration().delete_source(ids.tenant_id(tenant_id))
