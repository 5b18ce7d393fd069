"""Migrating the single-tenant installation's namespace to a tenant's."""

from __future__ import annotations

from msgspec import Struct, structs

from ragtenancy.app.documents import Documents
from ragtenancy.app.intents import Intents
from ragtenancy.app.migration.copy_verification import CopyVerification, Verified
from ragtenancy.app.migration.namespace_copy import NamespaceCopy, document_id_of
from ragtenancy.app.migration.namespace_documents import NamespaceDocuments
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.errors import ConflictError, InvalidError, NotFoundError
from ragtenancy.domain.ids import Namespace, TenantId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.pages import MAX_LIMIT, Cursor
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.migration_states import MigrationState, MigrationStates


class Migrated(Struct, frozen=True, kw_only=True):
    """A migration's result: the numbers of records copied and compared, and of documents created.

    `overlap` is the copy's nearest-neighbour recall on a sample, 0 to 1.
    """

    source: str
    target: str
    copied: int
    compared: int
    overlap: float | None = None
    documents: int


class NamespaceMigration:
    """Plans, copies, verifies and cuts over; resumes an interrupted migration where it stopped."""

    def __init__(
        self,
        copying: NamespaceCopy,
        verification: CopyVerification,
        states: MigrationStates,
        tenant_records: TenantRecords,
        namespace_documents: NamespaceDocuments,
        documents: Documents,
        intents: Intents,
    ) -> None:
        self._copying = copying
        self._verification = verification
        self._states = states
        self._tenant_records = tenant_records
        self._namespace_documents = namespace_documents
        self._documents = documents
        self._intents = intents

    async def migrate(self, tenant_id: TenantId, source: Namespace) -> Migrated:
        """Copy into the client's namespace; activate its documents once every record is verified.

        Raises `NotFoundError`, `InvalidError` if the source is a client's namespace,
        `ConflictError` (`not_verified`) if the copy differs from its source.
        """
        tenant = await self._tenant_records.find(tenant_id)
        await self._require_foreign(source)
        state = await self._begun(source, tenant.namespace, tenant_id)
        intent = await self._intents.open(tenant.scope, Work.MIGRATE)
        state, verified = await self._copied(state, tenant.scope)
        for name, total in state.chunks.items():
            await self._namespace_documents.make(tenant.scope, source, name, total)
        state = structs.replace(state, is_cut_over=True)
        await self._states.put(state)
        await self._intents.close(tenant.scope, intent)
        return _report(state, verified)

    async def rehearse(self, source: Namespace, into: Namespace) -> Migrated:
        """Copy unchanged into a namespace that belongs to no client, and compare."""
        await self._require_foreign(into)
        state, verified = await self._copied(await self._begun(source, into, None), None)
        return _report(state, verified)

    async def undo(self, target: Namespace) -> Migrated:
        """Remove a migration's documents with all their data, or a rehearsal's copy."""
        state = await self._state(target)
        if state.tenant_id is None:
            await self._copying.delete_copy(state)
        else:
            scope = (await self._tenant_records.find(state.tenant_id)).scope
            async with self._intents.held(scope, Work.MIGRATE):
                await self._remove_documents(scope, state)
                await self._copying.delete_copy(state)
        await self._states.forget(target)
        return _report(state)

    async def delete_source(self, tenant_id: TenantId) -> int:
        """Remove the source's records once the client has switched; return their number."""
        tenant = await self._tenant_records.find(tenant_id)
        state = await self._state(tenant.namespace)
        if not state.is_cut_over:
            raise ConflictError("The client has not switched to the copy yet.", code="not_verified")
        return await self._copying.delete_source(state)

    async def _copied(
        self, state: MigrationState, scope: TenantScope | None
    ) -> tuple[MigrationState, Verified]:
        state = await self._copying.copy(state, scope)
        verified = await self._verification.verify(state)
        state = structs.replace(state, is_verified=True)
        await self._states.put(state)
        return state, verified

    async def _begun(
        self, source: Namespace, target: Namespace, tenant_id: TenantId | None
    ) -> MigrationState:
        state = await self._states.get(target)
        if state is None:
            return MigrationState(source=source, target=target, tenant_id=tenant_id)
        if (state.source, state.tenant_id) != (source, tenant_id):
            raise ConflictError("Undo the other migration into this namespace first.")
        return state

    async def _state(self, target: Namespace) -> MigrationState:
        state = await self._states.get(target)
        if state is None:
            raise NotFoundError("There is no migration into this namespace.")
        return state

    async def _require_foreign(self, namespace: Namespace) -> None:
        """Raise `InvalidError` for a namespace that belongs to a client."""
        after: Cursor | None = None
        while True:
            page = await self._tenant_records.page(after=after, limit=MAX_LIMIT)
            if any(tenant.namespace == namespace for tenant in page.items):
                raise InvalidError("The namespace belongs to a client.", code="namespace_taken")
            after = page.next
            if after is None:
                return

    async def _remove_documents(self, scope: TenantScope, state: MigrationState) -> None:
        for name in state.chunks:
            try:
                await self._documents.delete(scope, document_id_of(state.source, name))
            except NotFoundError:
                continue  # not created yet


def _report(state: MigrationState, verified: Verified | None = None) -> Migrated:
    return Migrated(
        source=state.source,
        target=state.target,
        copied=state.copied,
        compared=verified.compared if verified else 0,
        overlap=verified.recall if verified else None,
        documents=len(state.chunks) if state.tenant_id else 0,
    )
