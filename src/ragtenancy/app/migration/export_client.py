"""A client written into a bundle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Container, Sequence

from msgspec import Struct, structs

from ragtenancy.app.migration import members
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.conversations import Conversation, without_deleted
from ragtenancy.domain.documents import Document
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.domain.pages import MAX_LIMIT, Cursor
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.bundles import BundleWriter
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.vectors import VectorIndex


class ClientStores(Struct, frozen=True, kw_only=True):
    """The stores of what a client has."""

    configs: TenantConfigRepository
    documents: DocumentRepository
    blobs: BlobStore
    chunks: ChunkRepository
    vectors: VectorIndex
    conversations: ConversationRepository


class ExportClient:
    """Writes what answers: uploads on their way, keys, jobs and caches stay behind.

    Suspend the client first where nothing may change meanwhile.
    """

    def __init__(self, tenant_records: TenantRecords, stores: ClientStores) -> None:
        self._tenant_records = tenant_records
        self._stores = stores

    async def __call__(self, tenant_id: TenantId, bundle: BundleWriter) -> members.BundledClient:
        """Return what was written. Raises `NotFoundError`."""
        tenant = await self._tenant_records.find(tenant_id)
        configs = await self._configs(tenant, bundle)
        documents = await self._documents(tenant.scope, bundle)
        facts = members.BundledClient(
            client_id=tenant.tenant_id,
            name=tenant.name,
            configs=configs,
            documents=len(documents),
            sessions=await self._sessions(tenant.scope, documents, bundle),
        )
        await bundle.add(members.CLIENT, members.once(members.CLIENTS.encode(facts)))
        return facts

    async def _configs(self, tenant: Tenant, bundle: BundleWriter) -> int:
        current = await self._stores.configs.current(tenant.scope)
        newest = current.version if current else 0
        for version in range(1, newest + 1):
            config = await self._stores.configs.get(tenant.scope, version)
            if config is not None:
                body = members.CONFIGS.encode(config)
                await bundle.add(f"configs/{version}.json", members.once(body))
        return newest

    async def _documents(self, scope: TenantScope, bundle: BundleWriter) -> Sequence[DocumentId]:
        written: list[DocumentId] = []
        async for document in self._answering(scope):
            written.append(document.document_id)
            await self._document(scope, document, str(len(written)), bundle)
        return written

    async def _document(
        self, scope: TenantScope, document: Document, number: str, bundle: BundleWriter
    ) -> None:
        active = document.active
        if active is None:
            return
        at = (scope, document.document_id, active.revision)
        chunks = await self._stores.chunks.of_revision(*at)
        vectors = await self._stores.vectors.read(*at)
        original = self._stores.blobs.read(scope, active.upload.blob)
        lines = b"".join(map(members.CHUNKS.encode, chunks))
        await bundle.add(f"originals/{number}.bin", original)
        await bundle.add(f"chunks/{number}.jsonl", members.once(lines))
        await bundle.add(f"vectors/{number}.npy", members.once(members.packed(vectors)))
        body = members.DOCUMENTS.encode(document)
        await bundle.add(f"documents/{number}.json", members.once(body))

    async def _answering(self, scope: TenantScope) -> AsyncIterator[Document]:
        after: Cursor | None = None
        while True:
            page = await self._stores.documents.page(scope, after=after, limit=MAX_LIMIT)
            for document in page.items:
                if document.active_revision is not None:
                    yield document
            after = page.next
            if after is None:
                return

    async def _sessions(
        self, scope: TenantScope, documents: Sequence[DocumentId], bundle: BundleWriter
    ) -> int:
        number, after = 0, None
        while True:
            page = await self._stores.conversations.page(scope, after=after, limit=MAX_LIMIT)
            for summary in page.items:
                found = await self._stores.conversations.get(scope, summary.session_id)
                if found is not None:
                    number += 1
                    body = members.once(_session(found, frozenset(documents)))
                    await bundle.add(f"sessions/{number}.jsonl", body)
            after = page.next
            if after is None:
                return number


def _session(conversation: Conversation, documents: Container[DocumentId]) -> bytes:
    record = members.SESSIONS.encode(structs.replace(conversation, turns=()))
    turns = [without_deleted(turn, documents) for turn in conversation.turns]
    return record + b"".join(map(members.TURNS.encode, turns))
