"""Bundles: exporting a tenant to a file, and importing it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Container, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct, structs

from ragtenancy.app.intents import Intents
from ragtenancy.app.migration import bundle_format
from ragtenancy.app.paging import every
from ragtenancy.app.revisions import Revisions
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import CreatedTenant, Tenants
from ragtenancy.domain.attachments import is_detached
from ragtenancy.domain.chunks import placed
from ragtenancy.domain.conversations import Conversation, without_deleted
from ragtenancy.domain.documents import ActiveVersion, Document
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import DocumentId, TenantId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenant_config import ConfigRules, ConfigVersion
from ragtenancy.domain.tenants import Tenant, TenantScope, TenantStatus
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.bundles import BundleReader, BundleWriter
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedders, Vectors
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.vectors import VectorIndex

if TYPE_CHECKING:
    from hashlib import _Hash

log = structlog.get_logger(__name__)

ORIGINAL_BYTES = 1 << 40
IMPORT = "import"


class TenantStores(Struct, frozen=True, kw_only=True):
    """The stores whose data a bundle contains."""

    configs: TenantConfigRepository
    documents: DocumentRepository
    blobs: BlobStore
    chunks: ChunkRepository
    vectors: VectorIndex
    conversations: ConversationRepository


class Bundles:
    """Exports a tenant, and imports one as a new tenant.

    A bundle contains the active documents: pending uploads, keys, jobs and caches are left out.
    For a consistent export, suspend the tenant first. An imported tenant is suspended until the
    import is complete; a failed import is undone by deleting the tenant.
    """

    def __init__(
        self,
        tenant_records: TenantRecords,
        tenants: Tenants,
        tenant_deletions: TenantDeletions,
        stores: TenantStores,
        revisions: Revisions,
        rules: ConfigRules,
        embedders: Embedders,
        intents: Intents,
    ) -> None:
        self._tenant_records = tenant_records
        self._tenants = tenants
        self._tenant_deletions = tenant_deletions
        self._stores = stores
        self._revisions = revisions
        self._rules = rules
        self._embedders = embedders
        self._intents = intents

    async def export(
        self, tenant_id: TenantId, bundle: BundleWriter
    ) -> bundle_format.BundledClient:
        """Write a tenant's bundle; return its summary.

        Raises `NotFoundError`, and `UnavailableError` (storage_corrupt) for a document that is not
        stored whole: a bundle that cannot be imported is never written.
        """
        tenant = await self._tenant_records.find(tenant_id)
        configs = await self._export_configs(tenant, bundle)
        documents = await self._export_documents(tenant.scope, bundle)
        facts = bundle_format.BundledClient(
            client_id=tenant.tenant_id,
            name=tenant.name,
            configs=configs,
            documents=len(documents),
            sessions=await self._export_sessions(tenant.scope, documents, bundle),
        )
        await bundle.add(
            bundle_format.CLIENT, bundle_format.once(bundle_format.CLIENTS.encode(facts))
        )
        return facts

    async def _export_configs(self, tenant: Tenant, bundle: BundleWriter) -> int:
        current = await self._stores.configs.current(tenant.scope)
        newest = current.version if current else 0
        for version in range(1, newest + 1):
            config = await self._stores.configs.get(tenant.scope, version)
            if config is not None:
                body = bundle_format.CONFIGS.encode(config)
                await bundle.add(f"configs/{version}.json", bundle_format.once(body))
        return newest

    async def _export_documents(
        self, scope: TenantScope, bundle: BundleWriter
    ) -> Sequence[DocumentId]:
        written: list[DocumentId] = []
        async for document in self._answering(scope):
            written.append(document.document_id)
            await self._export_document(scope, document, str(len(written)), bundle)
        return written

    async def _export_document(
        self, scope: TenantScope, document: Document, number: str, bundle: BundleWriter
    ) -> None:
        active = document.active
        if active is None:
            return
        at = (scope, document.document_id, active.revision)
        chunks = await self._stores.chunks.of_revision(*at)
        vectors = await self._stores.vectors.read(*at)
        if not len(chunks) == len(vectors) == active.total_chunks:
            raise _incomplete(document.document_id)
        digest = sha256()
        original = self._stores.blobs.read(scope, active.upload.blob)
        lines = b"".join(map(bundle_format.CHUNKS.encode, chunks))
        await bundle.add(f"originals/{number}.bin", _hashed(original, digest))
        if digest.hexdigest() != active.upload.content_hash:
            raise _incomplete(document.document_id)
        await bundle.add(f"chunks/{number}.jsonl", bundle_format.once(lines))
        await bundle.add(f"vectors/{number}.npy", bundle_format.once(bundle_format.packed(vectors)))
        body = bundle_format.DOCUMENTS.encode(document)
        await bundle.add(f"documents/{number}.json", bundle_format.once(body))

    async def _answering(self, scope: TenantScope) -> AsyncIterator[Document]:
        """Yield the active documents; after them, the files that they list as their own."""
        listed: dict[DocumentId, Document] = {}
        async for document in self._active(scope):
            if document.attached_to is None:
                listed |= dict.fromkeys(document.files, document)
                yield document
        async for document in self._active(scope):
            parent = listed.get(document.document_id)
            if document.attached_to is not None and not is_detached(document, parent):
                yield document

    async def _active(self, scope: TenantScope) -> AsyncIterator[Document]:
        read = self._stores.documents.page
        async for document in every(lambda after, limit: read(scope, after=after, limit=limit)):
            if document.active_revision is not None:
                yield document

    async def _export_sessions(
        self, scope: TenantScope, documents: Sequence[DocumentId], bundle: BundleWriter
    ) -> int:
        number, read = 0, self._stores.conversations.page
        async for summary in every(lambda after, limit: read(scope, after=after, limit=limit)):
            found = await self._stores.conversations.get(scope, summary.session_id)
            if found is not None:
                number += 1
                body = bundle_format.once(_session_lines(found, frozenset(documents)))
                await bundle.add(f"sessions/{number}.jsonl", body)
        return number

    async def import_(self, bundle: BundleReader, *, client_id: str | None = None) -> CreatedTenant:
        """Return the tenant and its first key, with warnings about anything that was changed.

        Raises `MalformedError` (`bad_bundle`), `AlreadyExistsError` if the id is taken,
        `RejectedError` (`short_write`) if a store loses chunks.
        """
        names = await bundle.verify()
        with bundle_format.refusing(bundle_format.CLIENT):
            facts = bundle_format.CLIENTS.decode(
                await bundle_format.whole(bundle, bundle_format.CLIENT)
            )
            _require_complete(facts, names)
            bundle_format.require_client(facts)
        configs = [await self._read_config(bundle, n) for n in range(1, facts.configs + 1)]
        created = await self._tenants.create(
            client_id or facts.client_id, facts.name, created_by=IMPORT
        )
        tenant_id = created.tenant.tenant_id
        try:
            await self._tenant_records.change(tenant_id, status=TenantStatus.SUSPENDED)
            await self._fill(created.tenant.scope, bundle, facts, configs)
            tenant = await self._tenant_records.change(tenant_id, status=TenantStatus.ACTIVE)
        except BaseException:
            log.warning("import_undone", client_id=tenant_id)
            await self._tenant_deletions.delete(tenant_id, requested_by=IMPORT)
            raise
        return structs.replace(created, tenant=tenant, warnings=self._warnings(configs))

    async def _read_config(self, bundle: BundleReader, number: int) -> ConfigVersion:
        """Return a version that is valid here, except that its models may not be offered."""
        member = f"configs/{number}.json"
        body = await bundle_format.whole(bundle, member)
        with bundle_format.refusing(member):
            config = bundle_format.CONFIGS.decode(body)
            if config.version != number:
                raise bundle_format.bad("the versions of its configuration are not in order")
            bundle_format.require_plain(config)
            self._rules.require_valid(self._rules.offered(config.config))
        return config

    def _warnings(self, configs: Sequence[ConfigVersion]) -> Sequence[str]:
        """Return warnings for versions whose model is not offered here and becomes null."""
        versions: dict[str, list[str]] = {"model": [], "embedder": []}
        for each in configs:
            own, here = each.config, self._rules.offered(each.config)
            if own.llm_settings.model != here.llm_settings.model:
                versions["model"].append(str(each.version))
            if own.search_settings.embedder != here.search_settings.embedder:
                versions["embedder"].append(str(each.version))
        return tuple(
            f"Its {what} is not offered here, "
            f"so it became null in version {', '.join(numbers)} of its configuration."
            for what, numbers in versions.items()
            if numbers
        )

    async def _fill(
        self,
        scope: TenantScope,
        bundle: BundleReader,
        facts: bundle_format.BundledClient,
        configs: Sequence[ConfigVersion],
    ) -> None:
        await self._import_configs(scope, configs)
        listed: dict[DocumentId, Document] = {}
        for number in range(1, facts.documents + 1):
            with bundle_format.refusing(f"documents/{number}.json"):
                document = await self._import_document(scope, bundle, number, listed)
                listed |= dict.fromkeys(document.files, document)
        for number in range(1, facts.sessions + 1):
            with bundle_format.refusing(f"sessions/{number}.jsonl"):
                await self._import_session(scope, bundle, number)

    async def _import_configs(self, scope: TenantScope, configs: Sequence[ConfigVersion]) -> None:
        """Add the versions in order, replacing the one that creation added."""
        await self._stores.configs.drop(scope)
        for config in configs:
            offered = self._rules.offered(config.config)
            own = structs.replace(config, config=offered, tenant_uid=scope.tenant_uid)
            await self._stores.configs.add(scope, own)

    async def _import_document(
        self,
        scope: TenantScope,
        bundle: BundleReader,
        number: int,
        listed: Mapping[DocumentId, Document],
    ) -> Document:
        """Store a document, and return it; `listed` are attached ones, each with its parent."""
        line = await bundle_format.whole(bundle, f"documents/{number}.json")
        document = _alone(bundle_format.DOCUMENTS.decode(line), scope)
        active = document.active
        if active is None or document.deleting:
            raise bundle_format.bad(f"document {number} is not active")
        bundle_format.require_document(document, active)
        if is_detached(document, listed.get(document.document_id)):
            raise bundle_format.bad(f"no document before {number} contains this file")
        lines = bundle_format.split(await bundle_format.whole(bundle, f"chunks/{number}.jsonl"))
        with bundle_format.refusing(f"chunks/{number}.jsonl"):
            chunks = [bundle_format.CHUNKS.decode(each) for each in lines]
            bundle_format.require_chunks(document, active, chunks)
        packed = await bundle_format.whole(bundle, f"vectors/{number}.npy")
        vectors = bundle_format.unpacked(packed, active.total_chunks)
        self._require_of_model(active, vectors)
        original = bundle.read(f"originals/{number}.bin")
        async with self._intents.held(
            scope,
            Work.STAGE,
            document.document_id,
            document_id=document.document_id,
            blobs=[active.upload.blob],
        ):
            stored = await self._stores.blobs.put(
                scope, active.upload.blob, original, max_bytes=ORIGINAL_BYTES
            )
            upload = active.upload
            if (stored.content_hash, stored.size) != (upload.content_hash, upload.size):
                raise bundle_format.bad(f"the original of document {number} does not match")
            at = (scope, document.document_id, active.revision)
            await self._revisions.stage(*at, placed(chunks), vectors)
            await self._stores.documents.add(scope, document)
        return document

    def _require_of_model(self, active: ActiveVersion, vectors: Vectors) -> None:
        """Raise `MalformedError` if the vectors' dimension is not that of their model."""
        models = [embedder.model for embedder in self._embedders]
        dimensions = [m.dimension for m in models if m.fingerprint == active.embedding_fingerprint]
        if any(vectors.shape[1] != dimension for dimension in dimensions):
            raise bundle_format.bad("its vectors do not match its model")

    async def _import_session(self, scope: TenantScope, bundle: BundleReader, number: int) -> None:
        lines = bundle_format.split(await bundle_format.whole(bundle, f"sessions/{number}.jsonl"))
        if not lines:
            raise bundle_format.bad(f"session {number} is empty")
        record = bundle_format.SESSIONS.decode(lines[0])
        turns = [bundle_format.TURNS.decode(line) for line in lines[1:]]
        bundle_format.require_session(record, turns)
        conversation = structs.replace(record, tenant_uid=scope.tenant_uid, turns=())
        for turn in turns:
            await self._stores.conversations.append(scope, conversation, turn)


def _session_lines(conversation: Conversation, documents: Container[DocumentId]) -> bytes:
    record = bundle_format.SESSIONS.encode(structs.replace(conversation, turns=()))
    turns = [without_deleted(turn, documents) for turn in conversation.turns]
    return record + b"".join(map(bundle_format.TURNS.encode, turns))


def _require_complete(facts: bundle_format.BundledClient, names: Sequence[str]) -> None:
    counts = (facts.configs, facts.documents, facts.sessions)
    if min(counts) < 0 or facts.configs + 4 * facts.documents + facts.sessions + 1 != len(names):
        raise bundle_format.bad("its contents do not match its summary")
    wanted = {bundle_format.CLIENT}
    wanted |= {f"configs/{n}.json" for n in range(1, facts.configs + 1)}
    wanted |= {f"sessions/{n}.jsonl" for n in range(1, facts.sessions + 1)}
    for n in range(1, facts.documents + 1):
        wanted |= {f"documents/{n}.json", f"originals/{n}.bin"}
        wanted |= {f"chunks/{n}.jsonl", f"vectors/{n}.npy"}
    if not facts.configs or wanted != set(names):
        raise bundle_format.bad("members are missing or unexpected")


def _alone(document: Document, scope: TenantScope) -> Document:
    """Return the document as the new client's, without pending work."""
    return structs.replace(
        document,
        tenant_uid=scope.tenant_uid,
        pending=None,
        pending_error=None,
        successor=None,
        fence=0,
        attachments=document.files,
        announced=(),
    )


async def _hashed(pieces: AsyncIterator[bytes], digest: _Hash) -> AsyncIterator[bytes]:
    """Yield the pieces, and add each to the digest."""
    async for piece in pieces:
        digest.update(piece)
        yield piece


def _incomplete(document_id: DocumentId) -> UnavailableError:
    return UnavailableError(
        f"The document {document_id} is incomplete. Export again: it may have been replaced during "
        "the export. If the error persists, upload the document again or restore a backup.",
        code="storage_corrupt",
    )
