"""Migrating the single-tenant installation's namespace to a tenant's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, structs

from ragtenancy.app.documents import Documents
from ragtenancy.app.intents import Intents
from ragtenancy.app.migration.copy_verification import CopyVerification, Verified, not_verified
from ragtenancy.app.migration.namespace_copy import NamespaceCopy, document_id_of
from ragtenancy.app.migration.namespace_documents import Making, NamespaceDocuments
from ragtenancy.app.migration.namespace_survey import Survey, SurveyedDocument, survey
from ragtenancy.app.paging import every
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.errors import ConflictError, InvalidError, NotFoundError
from ragtenancy.domain.ids import Namespace, TenantId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.plan_documents import PlanDocument, record_of
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignNamespaces
from ragtenancy.ports.migration_states import MigrationState, MigrationStates
from ragtenancy.ports.plan_documents import PlanDocuments

SOURCE_CHANGED = "its source has changed since the copy"


class LeftOut(Struct, frozen=True, kw_only=True):
    """The numbers of records that were not copied; `keys` are those of records without a text."""

    without_text: int = 0
    duplicates: int = 0
    of_other_clients: int = 0
    keys: Sequence[str] = ()


class Migrated(Struct, frozen=True, kw_only=True):
    """A migration's result: the numbers of records copied and compared, and of documents.

    `overlap` is the copy's nearest-neighbour recall on a sample, 0 to 1. `unordered` are the
    filenames of documents whose order is not known. `plan_records` are the filenames of the plan's
    records that were taken over, `unused_records` the ids of those that match no document, and
    `differing` the documents of which the plan's record says something else.
    """

    source: str
    target: str
    copied: int
    compared: int
    overlap: float | None = None
    documents: int
    unordered: Sequence[str] = ()
    left_out: LeftOut = LeftOut()
    plan_records: Sequence[str] = ()
    unused_records: Sequence[str] = ()
    differing: Sequence[str] = ()


class NamespaceMigration:
    """Surveys, copies, verifies and cuts over; resumes an interrupted migration where it stopped."""

    def __init__(
        self,
        foreign: ForeignNamespaces,
        copying: NamespaceCopy,
        verification: CopyVerification,
        states: MigrationStates,
        plan_documents: PlanDocuments,
        tenant_records: TenantRecords,
        namespace_documents: NamespaceDocuments,
        documents: Documents,
        intents: Intents,
    ) -> None:
        self._foreign = foreign
        self._copying = copying
        self._verification = verification
        self._states = states
        self._plan_documents = plan_documents
        self._tenant_records = tenant_records
        self._namespace_documents = namespace_documents
        self._documents = documents
        self._intents = intents

    async def migrate(
        self, tenant_id: TenantId, source: Namespace, *, text_key: str | None = None
    ) -> Migrated:
        """Copy into the client's namespace; activate its documents once every record is verified.

        The source may be the client's own namespace, with records of another program in it. Raises
        `NotFoundError`, also if the source is empty; `InvalidError` if it is another client's;
        `ConflictError` (`no_text`) if no record has a text, (`not_verified`) if the copy differs
        from its source.
        """
        source = source or DEFAULT_NAMESPACE
        tenant = await self._tenant_records.find(tenant_id)
        await self._require_foreign(source, but=tenant)
        state = await self._begun(source, tenant.namespace, tenant_id)
        if state.deleting or state.is_source_deleted:
            return _report(state)
        text_key = text_key or state.text_key
        found = await survey(self._foreign, source, tenant.scope, text_key=text_key)
        state = structs.replace(await self._matching(state, found), text_key=text_key)
        intent = await self._intents.open(tenant.scope, Work.MIGRATE)
        state, verified = await self._copied(state, found, tenant.scope)
        records = await self._plan_documents.of(tenant.scope)
        taken = {each.key: _record_of(records, each) for each in found.documents}
        for document in found.documents:
            making = Making(
                source=source, surveyed=document, record=taken[document.key], text_key=text_key
            )
            await self._namespace_documents.make(tenant.scope, making)
        state = structs.replace(state, is_cut_over=True)
        await self._states.put(state)
        await self._intents.close(tenant.scope, intent)
        return _with_records(_report(state, found, verified), found, records, taken)

    async def rehearse(
        self, source: Namespace, into: Namespace, *, text_key: str | None = None
    ) -> Migrated:
        """Copy unchanged into an empty namespace that belongs to no client, and compare.

        Raises `ConflictError` if it is not empty, and as `migrate` does.
        """
        source = source or DEFAULT_NAMESPACE
        await self._require_foreign(into)
        if await self._states.get(into) is None:
            await self._require_empty(into)
        state = await self._begun(source, into, None)
        found = await survey(self._foreign, source, None, text_key=text_key)
        state = await self._matching(state, found)
        state, verified = await self._copied(state, found, None)
        return _report(state, found, verified)

    async def undo(self, target: Namespace) -> Migrated:
        """Remove a migration's documents with all their data, or a rehearsal's copy.

        Raises `ConflictError` once the source is deleted: the copy is then the only one.
        """
        state = await self._state(target)
        if state.deleting or state.is_source_deleted:
            raise ConflictError(
                "The source is deleted, so the copy is the only one; delete documents instead."
            )
        await self._removed(state)
        await self._states.forget(target)
        return _report(state)

    async def delete_source(self, tenant_id: TenantId) -> int:
        """Remove the copied records from the source, and the plan's records of documents.

        Return the number of the former. Raises `ConflictError` until the client has switched to
        the copy, and if the source has changed since.
        """
        tenant = await self._tenant_records.find(tenant_id)
        state = await self._state(tenant.namespace)
        if not state.is_cut_over:
            raise ConflictError("The client has not switched to the copy yet.", code="not_verified")
        if state.is_source_deleted:
            return 0
        found = None
        if not state.deleting:
            found = await survey(self._foreign, state.source, tenant.scope, text_key=state.text_key)
            if found.digest != state.digest:
                raise not_verified(SOURCE_CHANGED)
        removed = await self._copying.delete_source(state, found)
        await self._plan_documents.remove(tenant.scope)
        return removed

    async def _matching(self, state: MigrationState, found: Survey) -> MigrationState:
        """Return the state of a copy of these documents, begun anew if the source has changed.

        Raises `ConflictError` if the client answers from the copy already.
        """
        if state.digest == found.digest:
            return state
        if state.is_cut_over:
            raise not_verified(SOURCE_CHANGED)
        if state.digest:
            await self._removed(state)
        state = MigrationState(
            source=state.source,
            target=state.target,
            tenant_id=state.tenant_id,
            chunks=found.totals,
            digest=found.digest,
        )
        await self._states.put(state)
        return state

    async def _copied(
        self, state: MigrationState, found: Survey, scope: TenantScope | None
    ) -> tuple[MigrationState, Verified]:
        state = await self._copying.copy(state, found, scope)
        verified = await self._verification.verify(state, found)
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

    async def _require_foreign(self, namespace: Namespace, *, but: Tenant | None = None) -> None:
        """Raise `InvalidError` for a namespace that belongs to another client."""
        read = self._tenant_records.page
        async for tenant in every(lambda after, limit: read(after=after, limit=limit)):
            if tenant.namespace == namespace and (but is None or tenant.scope != but.scope):
                raise InvalidError("The namespace belongs to a client.", code="namespace_taken")

    async def _require_empty(self, namespace: Namespace) -> None:
        async for page in self._foreign.pages(namespace, after=None):
            if page.records:
                raise ConflictError("The namespace to rehearse in is not empty.")
            return

    async def _removed(self, state: MigrationState) -> None:
        """Remove a migration's documents and vectors, or a rehearsal's copy."""
        if state.tenant_id is None:
            await self._copying.delete_copy(state)
            return
        scope = (await self._tenant_records.find(state.tenant_id)).scope
        async with self._intents.held(scope, Work.MIGRATE):
            for key in state.chunks:
                try:
                    await self._documents.delete(scope, document_id_of(state.source, key))
                except NotFoundError:
                    continue  # not created yet
            await self._copying.delete_copy(state)


def _record_of(records: Sequence[PlanDocument], document: SurveyedDocument) -> PlanDocument | None:
    return record_of(records, document.key, document.filename, len(document.record_ids))


def _report(
    state: MigrationState, found: Survey | None = None, verified: Verified | None = None
) -> Migrated:
    return Migrated(
        source=state.source,
        target=state.target,
        copied=state.copied,
        compared=verified.compared if verified else 0,
        overlap=verified.recall if verified else None,
        documents=len(state.chunks),
        unordered=_names([each for each in found.documents if not each.is_ordered])
        if found
        else (),
        left_out=_left_out(found) if found else LeftOut(),
    )


def _left_out(found: Survey) -> LeftOut:
    return LeftOut(
        without_text=found.without_text,
        duplicates=found.duplicates,
        of_other_clients=found.of_other_clients,
        keys=found.keys,
    )


def _names(documents: Sequence[SurveyedDocument]) -> Sequence[str]:
    return sorted(document.filename for document in documents)


def _with_records(
    report: Migrated,
    found: Survey,
    records: Sequence[PlanDocument],
    taken: Mapping[str, PlanDocument | None],
) -> Migrated:
    used = {record.record_id for record in taken.values() if record}
    differing = [
        f"{document.filename}: {difference}"
        for document in found.documents
        if (record := taken[document.key])
        and (difference := record.difference(len(document.record_ids)))
    ]
    return structs.replace(
        report,
        plan_records=_names([each for each in found.documents if taken[each.key]]),
        unused_records=[each.record_id for each in records if each.record_id not in used],
        differing=differing,
    )
