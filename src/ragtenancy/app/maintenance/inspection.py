"""Inspection: every store of every client compared with the catalogue, changing nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from ragtenancy.app.maintenance.reconciliation import Reconciliation
from ragtenancy.app.maintenance.sweeper import GRACE
from ragtenancy.app.paging import every
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.evidence import InspectedClient
from ragtenancy.domain.ids import DeletionId, TenantUid
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository


class InspectedDeletion(Struct, frozen=True, kw_only=True):
    """A client's deletion: its receipt, and each store counted again now."""

    deletion_id: DeletionId
    client_uid: TenantUid
    client_id: str | None
    status: DeletionStatus
    requested_at: datetime
    finished_at: datetime | None
    removed: Mapping[str, int]
    remaining_now: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether it was verified and every store still counts zero."""
        return self.status is DeletionStatus.VERIFIED and not any(self.remaining_now.values())


class Inspected(Struct, frozen=True, kw_only=True):
    """The whole installation; `unknown_clients` have data but neither record nor receipt."""

    inspected_at: datetime
    clients: Sequence[InspectedClient]
    deletions: Sequence[InspectedDeletion]
    unknown_clients: Sequence[TenantUid]

    @property
    def is_consistent(self) -> bool:
        """Whether every client is, every deletion is complete, and nothing is unknown."""
        clients = all(client.is_consistent for client in self.clients)
        deletions = all(deletion.is_complete for deletion in self.deletions)
        return clients and deletions and not self.unknown_clients


class Inspection:
    """Counts what the stores hold; ids and numbers only, no content.

    What an open intent accounts for, and originals younger than an hour, are work in progress. A
    document that is replaced meanwhile may count as a difference.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        documents: DocumentRepository,
        revisions: Revisions,
        blobs: BlobStore,
        storage: TenantStorage,
        intents: IntentLog,
        deletions: DeletionRepository,
        reconciliation: Reconciliation,
        clock: Clock,
    ) -> None:
        self._tenants = tenants
        self._documents = documents
        self._revisions = revisions
        self._blobs = blobs
        self._storage = storage
        self._intents = intents
        self._deletions = deletions
        self._reconciliation = reconciliation
        self._clock = clock

    async def inspect(self, *, named: bool) -> Inspected:
        """Compare every client; with `named`, client ids are given beside uids.

        Raises `UnavailableError` if any store cannot be read: a part is never left out.
        """
        made = set(await self._storage.tenants())
        read = self._tenants.page
        tenants = [
            tenant async for tenant in every(lambda after, limit: read(after=after, limit=limit))
        ]
        registered = {tenant.tenant_uid for tenant in tenants}
        receipts = sorted(await self._deletions.every(), key=lambda each: each.deletion_id)
        known = registered | {deletion.tenant_uid for deletion in receipts}
        return Inspected(
            inspected_at=self._clock.now(),
            clients=[
                await self._client(tenant, named=named, has_storage=tenant.tenant_uid in made)
                for tenant in sorted(tenants, key=lambda tenant: tenant.tenant_uid)
                if tenant.status is not TenantStatus.DELETING
            ],
            deletions=[await self._deletion(each, named=named) for each in receipts],
            unknown_clients=sorted(made - known),
        )

    async def of_client(self, scope: TenantScope) -> InspectedClient:
        """Compare one client; its id is given. Raises `NotFoundError`, `UnavailableError`."""
        tenant = await self._tenants.find(scope.tenant_uid)
        if tenant is None:
            raise NotFoundError("There is no such client.")
        has_storage = scope.tenant_uid in await self._storage.tenants()
        return await self._client(tenant, named=True, has_storage=has_storage)

    async def _client(self, tenant: Tenant, *, named: bool, has_storage: bool) -> InspectedClient:
        scope = tenant.scope
        before = self._clock.now() - GRACE
        stored = await self._revisions.stored(scope) if has_storage else ()
        originals = await self._blobs.names(scope, written_before=before) if has_storage else ()
        documents = await self._all(scope) if has_storage else []
        spared, is_migrating = await self._in_progress(scope)
        live = {document.document_id: document.live_revisions for document in documents}
        orphaned = [
            revision
            for document_id, revision in stored
            if document_id not in spared and revision not in live.get(document_id, frozenset())
            if not (is_migrating and document_id not in live)
        ]
        needed = {name for document in documents for name in document.blobs}
        active = [each for each in documents if each.active is not None and not each.deleting]
        incomplete = [each for each in active if not await self._is_complete(scope, each)]
        return InspectedClient(
            client_uid=tenant.tenant_uid,
            client_id=tenant.tenant_id if named else None,
            status=tenant.status,
            documents=len(active),
            chunks=sum(each.active.total_chunks for each in active if each.active is not None),
            stores=await self._storage.census(scope),
            incomplete=len(incomplete),
            orphaned_revisions=len(orphaned),
            orphaned_originals=len(set(originals) - needed),
            has_storage=has_storage,
        )

    async def _deletion(self, deletion: TenantDeletion, *, named: bool) -> InspectedDeletion:
        return InspectedDeletion(
            deletion_id=deletion.deletion_id,
            client_uid=deletion.tenant_uid,
            client_id=deletion.tenant_id if named else None,
            status=deletion.status,
            requested_at=deletion.requested_at,
            finished_at=deletion.finished_at,
            removed=deletion.removed,
            remaining_now=await self._storage.census(deletion.scope),
        )

    async def _is_complete(self, scope: TenantScope, document: Document) -> bool:
        active = document.active
        return active is None or await self._reconciliation.is_complete(scope, document, active)

    async def _in_progress(self, scope: TenantScope) -> tuple[set[object], bool]:
        """Return the documents being worked on, and whether a migration is under way."""
        opened = await self._intents.opened(until=self._clock.now())
        own = [intent for intent in opened if intent.tenant_uid == scope.tenant_uid]
        ids: set[object] = {intent.document_id for intent in own}
        return ids, any(intent.work is Work.MIGRATE for intent in own)

    async def _all(self, scope: TenantScope) -> Sequence[Document]:
        read = self._documents.page
        pages = every(lambda after, limit: read(scope, after=after, limit=limit))
        return [document async for document in pages]
