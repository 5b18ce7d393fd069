"""Creating documents from the records copied into a tenant's namespace."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.migration.bundle_format import once
from ragtenancy.app.migration.namespace_copy import REVISION, document_id_of, section_of, text_of
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain.chunks import Chunk, indexed_text, placed
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.errors import AlreadyExistsError, ConflictError
from ragtenancy.domain.ids import BlobName, DocumentId, JobId, Namespace, chunk_ids
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord
from ragtenancy.ports.token_counters import TokenCounter

FETCHED = 100
MEDIA_TYPE = "text/plain"
MAX_DOCUMENT_BYTES = 1 << 40


class NamespaceDocuments:
    """Stores the texts as chunks and as the original, then activates the document.

    Its vectors are taken to be from the client's embedder, which the operator has configured.
    """

    def __init__(
        self,
        foreign: ForeignNamespaces,
        documents: DocumentRepository,
        blobs: BlobStore,
        revisions: Revisions,
        tenant_embedder: TenantEmbedder,
        token_counter: TokenCounter,
        clock: Clock,
    ) -> None:
        self._foreign = foreign
        self._documents = documents
        self._blobs = blobs
        self._revisions = revisions
        self._tenant_embedder = tenant_embedder
        self._token_counter = token_counter
        self._clock = clock

    async def make(
        self, scope: TenantScope, source: Namespace, name: str, total: int
    ) -> DocumentId:
        """Create a document whose vectors are already copied; leave an existing one unchanged.

        Returns its id. Raises `ConflictError` (`no_text`), and `RejectedError` (`short_write`)
        unless the stores hold `total` vectors and chunks.
        """
        document_id = document_id_of(source, name)
        if await self._documents.get(scope, document_id) is not None:
            return document_id
        records = await self._records(scope, document_id, total)
        if not any(map(text_of, records)):
            raise ConflictError(f'The records of "{name}" contain no text.', code="no_text")
        chunks = self._chunks(document_id, records)
        await self._revisions.stage(scope, document_id, REVISION, chunks)
        stored = await self._original(scope, document_id, chunks)
        embedder = await self._tenant_embedder.in_use(scope)
        active = ActiveVersion(
            upload=self._upload(document_id, name, stored),
            revision=REVISION,
            total_chunks=total,
            embedding_fingerprint=embedder.model.fingerprint,
        )
        document = Document(
            tenant_uid=scope.tenant_uid,
            document_id=document_id,
            created_at=active.upload.uploaded_at,
            active=active,
        )
        with suppress(AlreadyExistsError):
            await self._documents.add(scope, document)
        return document_id

    async def _records(
        self, scope: TenantScope, document_id: DocumentId, total: int
    ) -> Sequence[ForeignRecord]:
        ids = [str(chunk) for chunk in chunk_ids(document_id, REVISION, total)]
        found: list[ForeignRecord] = []
        for start in range(0, total, FETCHED):
            some = ids[start : start + FETCHED]
            held = await self._foreign.fetch(scope.namespace, some)
            found += [held[each] for each in some]
        return found

    def _chunks(self, document_id: DocumentId, records: Sequence[ForeignRecord]) -> Sequence[Chunk]:
        texts = [indexed_text(section_of(record), text_of(record)) for record in records]
        counts = self._token_counter.count(texts)
        made = [
            Chunk(
                document_id=document_id,
                revision=REVISION,
                ordinal=ordinal,
                section_ordinal=ordinal,
                section=section_of(record),
                text=text_of(record),
                token_count=tokens,
            )
            for ordinal, (record, tokens) in enumerate(zip(records, counts, strict=True))
        ]
        return placed(made)

    async def _original(
        self, scope: TenantScope, document_id: DocumentId, chunks: Sequence[Chunk]
    ) -> StoredBlob:
        """Store the texts as the original."""
        body = "\n\n".join(chunk.text for chunk in chunks).encode("utf-8", "replace")
        name = BlobName(f"blob_{sha256(document_id.encode()).hexdigest()[:26]}")
        return await self._blobs.put(scope, name, once(body), max_bytes=MAX_DOCUMENT_BYTES)

    def _upload(self, document_id: DocumentId, name: str, stored: StoredBlob) -> Upload:
        return Upload(
            version=1,
            filename=name,
            media_type=MEDIA_TYPE,
            content_hash=stored.content_hash,
            size=stored.size,
            blob=stored.name,
            uploaded_at=self._clock.now(),
            job_id=JobId(f"job_{document_id.removeprefix('doc_')}"),
        )
