"""One installation as a process of the harness opens it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from dependency_injector import providers

from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.app.search.search import SearchRequest
from ragtenancy.container import Container
from ragtenancy.domain import jobs as job_rules
from ragtenancy.domain import webhooks as webhook_rules
from ragtenancy.domain.errors import AlreadyExistsError
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.settings import Settings
from tests.chaos.fuse import Fuse, Fused
from tests.chaos.ledger import Entry, Ledger
from tests.chaos.messages import EVERYTHING as EVERY_EVENT
from tests.chaos.messages import URL, FileReceiver
from tests.chaos.texts import text_of
from tests.scripted.embeddings import ScriptedEmbedder
from tests.scripted.token_counters import ScriptedTokenCounter

TENANTS = (TenantId("acme"), TenantId("other"))
GUEST = TenantId("guest")  # comes and goes
STORES = (
    *("blobs", "document_repository", "job_repository", "chunks", "vectors", "lexical"),
    *(
        "derived_cache",
        "tenant_repository",
        "tenant_config_repository",
        "api_key_repository",
        "storage",
    ),
    *("deletions", "intent_log", "webhook_repository", "webhook_sender"),
)
SHORT_LEASE = timedelta(milliseconds=400)
NO_BACKOFF = timedelta(milliseconds=1)
EVERYTHING = 100


class House:
    """Real stores in one data folder, with hashed vectors and leases that end soon."""

    def __init__(self, folder: Path, fuse: Fuse | None = None) -> None:
        job_rules.LEASE = SHORT_LEASE
        job_rules.BACKOFF = NO_BACKOFF
        webhook_rules.LEASE = SHORT_LEASE
        self.ledger = Ledger(folder / "ledger")
        self.container = Container(settings=Settings(data_dir=folder / "data"))
        self.container.embedder.override(providers.Singleton(ScriptedEmbedder))
        self.receiver = FileReceiver(folder / "messages")
        self.container.webhook_sender.override(providers.Object(self.receiver))
        self.container.token_counter.override(providers.Singleton(ScriptedTokenCounter))
        if fuse is not None:
            self._put_in(fuse)

    def _put_in(self, fuse: Fuse) -> None:
        for name in STORES:
            store = getattr(self.container, name)
            store.override(providers.Object(Fused(store(), fuse)))

    async def create(self) -> None:
        """Create the tenants, each with a webhook for everything."""
        for tenant in TENANTS:
            created = await self.container.tenants().create(tenant, tenant.title())
            await self.container.webhooks().create(created.tenant.scope, URL, EVERY_EVENT)

    async def scope(self, tenant: TenantId) -> TenantScope:
        """Return a tenant's scope."""
        return (await self.container.tenant_records().find(tenant)).scope

    async def upload(self, tenant: TenantId, tag: int, document_id: DocumentId | None) -> None:
        """Upload a version, and say so before and after."""
        scope = await self.scope(tenant)
        self.ledger.write(Entry(what="try", tenant=tenant, tag=tag, document_id=document_id))
        upload = NewUpload(filename=f"{tag}.txt", body=_body(tag), document_id=document_id)
        made = await self.container.uploads().submit(scope, upload)
        self.ledger.write(
            Entry(
                what="ack",
                tenant=tenant,
                tag=tag,
                document_id=made.document_id,
                job_id=made.job_id,
            )
        )

    async def delete(self, tenant: TenantId, document_id: DocumentId) -> None:
        """Delete a document, and say so before and after."""
        scope = await self.scope(tenant)
        self.ledger.write(Entry(what="try-delete", tenant=tenant, document_id=document_id))
        receipt = await self.container.documents().delete(scope, document_id)
        if receipt.verified:
            self.ledger.write(Entry(what="deleted", tenant=tenant, document_id=document_id))

    async def come_and_go(self, tag: int) -> None:
        """Create the guest with a document, or delete the one that is there."""
        try:
            await self.container.tenants().create(GUEST, "Guest")
        except AlreadyExistsError:
            await self.container.tenant_deletions().delete(GUEST, requested_by="chaos")
            return
        upload = NewUpload(filename="guest.txt", body=_body(tag))
        await self.container.uploads().submit(await self.scope(GUEST), upload)

    async def work(self) -> None:
        """Deliver messages and work, until nothing is due."""
        await self.container.deliverer().deliver_due()
        await self.container.worker().run(until_idle=True)
        await self.container.deliverer().deliver_due()

    async def answers(self, tenant: TenantId) -> list[tuple[DocumentId, str]]:
        """Return every chunk of a tenant, as one search answers."""
        request = SearchRequest(query="The text stands here", top_k=EVERYTHING)
        reply = await self.container.search().search(await self.scope(tenant), request)
        return [(hit.source.document_id, hit.source.text) for hit in reply.hits]


async def _body(tag: int) -> AsyncIterator[bytes]:
    yield text_of(tag)
