"""Deleting again, in a restored installation, what the ledger of deletions names."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.documents import Documents
from ragtenancy.app.paging import every
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.domain.conversations import ConversationSummary
from ragtenancy.domain.deletion_ledger import (
    LedgerEntry,
    LedgerKind,
    lineage,
    session_object,
    user_object,
)
from ragtenancy.domain.ids import ApiKeyId, DocumentId, TenantUid
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.tenants import TenantRepository

REQUESTED_BY = "restore"


class Replayed(Struct, kw_only=True):
    """How many restored objects were deleted or revoked again."""

    clients: int = 0
    documents: int = 0
    sessions: int = 0
    keys: int = 0


class LedgerReplay:
    """Brings a restored copy, which nobody uses yet, in line with a ledger; idempotent.

    A session is deleted if it began before its deletion: its id may be used again afterwards.
    """

    def __init__(
        self,
        tenants: TenantRepository,
        keys: ApiKeyRepository,
        documents: DocumentRepository,
        conversations: ConversationRepository,
        document_use_cases: Documents,
        tenant_deletions: TenantDeletions,
    ) -> None:
        self._tenants = tenants
        self._keys = keys
        self._documents = documents
        self._conversations = conversations
        self._document_use_cases = document_use_cases
        self._tenant_deletions = tenant_deletions

    async def replay(self, entries: Sequence[LedgerEntry]) -> Replayed:
        """Delete and revoke what the entries name, of every tenant that is present."""
        replayed = Replayed()
        read = self._tenants.page
        tenants = [each async for each in every(lambda a, n: read(after=a, limit=n))]
        for tenant in tenants:
            await self._of_tenant(tenant, entries, replayed)
        return replayed

    async def _of_tenant(
        self, tenant: Tenant, entries: Sequence[LedgerEntry], replayed: Replayed
    ) -> None:
        uids = lineage(tenant.tenant_uid, entries)
        own = [entry for entry in entries if entry.tenant_uid in uids]
        if any(e.kind is LedgerKind.CLIENT and e.tenant_uid == tenant.tenant_uid for e in own):
            await self._tenant_deletions.delete(tenant.tenant_id, requested_by=REQUESTED_BY)
            replayed.clients += 1
            return
        for entry in own:
            if entry.kind is LedgerKind.DOCUMENT:
                replayed.documents += await self._document(tenant.scope, entry)
            elif entry.kind is LedgerKind.KEY:
                replayed.keys += await self._key(tenant.scope, entry)
        replayed.sessions += await self._sessions(tenant.scope, own)

    async def _document(self, scope: TenantScope, entry: LedgerEntry) -> int:
        document_id = DocumentId(entry.object_id)
        if await self._documents.get(scope, document_id) is None:
            return 0
        await self._document_use_cases.delete(scope, document_id)
        return 1

    async def _key(self, scope: TenantScope, entry: LedgerEntry) -> int:
        key = await self._keys.get(scope, ApiKeyId(entry.object_id))
        if key is None or key == (ended := key.ended(entry.at, entry.ends)):
            return 0
        await self._keys.save(scope, ended)
        return 1

    async def _sessions(self, scope: TenantScope, entries: Sequence[LedgerEntry]) -> int:
        erased = {
            (entry.kind, entry.object_id): entry.at
            for entry in entries
            if entry.kind in (LedgerKind.SESSION, LedgerKind.USER)
        }
        if not erased:
            return 0
        uids = {entry.tenant_uid for entry in entries}
        read = self._conversations.page
        found = [each async for each in every(lambda a, n: read(scope, after=a, limit=n))]
        gone = [
            each
            for each in found
            if any(
                name in erased and each.created_at <= erased[name]
                for uid in uids
                for name in _names(uid, each)
            )
        ]
        for each in gone:
            await self._conversations.delete(scope, each.session_id)
        return len(gone)


def _names(uid: TenantUid, session: ConversationSummary) -> Sequence[tuple[LedgerKind, str]]:
    """Return the entries that would delete a session."""
    names = [(LedgerKind.SESSION, session_object(uid, session.session_id))]
    if session.user_id is not None:
        names.append((LedgerKind.USER, user_object(uid, session.user_id)))
    return names
