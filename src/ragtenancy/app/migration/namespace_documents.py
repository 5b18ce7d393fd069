"""Creating documents from the records copied into a tenant's namespace."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from itertools import accumulate, pairwise

from msgspec import Struct

from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.migration.bundle_format import once
from ragtenancy.app.migration.namespace_copy import REVISION, document_id_of
from ragtenancy.app.migration.namespace_survey import SurveyedDocument
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain import foreign_records
from ragtenancy.domain.chunks import Chunk, indexed_text, placed
from ragtenancy.domain.documents import MIGRATED_TEXT, ActiveVersion, Document, Metadata, Upload
from ragtenancy.domain.errors import AlreadyExistsError, ConflictError
from ragtenancy.domain.ids import BlobName, DocumentId, JobId, Namespace
from ragtenancy.domain.plan_documents import PlanDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.foreign_namespaces import ForeignNamespaces, ForeignRecord
from ragtenancy.ports.token_counters import TokenCounter

FETCHED = 100
MEDIA_TYPE = "text/plain"
MAX_DOCUMENT_BYTES = 1 << 40


class Making(Struct, frozen=True, kw_only=True):
    """A surveyed document to create, from which namespace, and the plan's record of it, if any."""

    source: Namespace
    surveyed: SurveyedDocument
    record: PlanDocument | None = None
    text_key: str | None = None

    @property
    def document_id(self) -> DocumentId:
        """The document's id."""
        return document_id_of(self.source, self.surveyed.key)

    @property
    def metadata(self) -> Metadata:
        """What a client should know of the document: its origin, and whether its order is known."""
        order = {} if self.surveyed.is_ordered else {"chunk_order": "unknown"}
        return {
            "migrated_from": self.source,
            **MIGRATED_TEXT,
            **order,
            **(self.record.metadata if self.record else {}),
        }


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

    async def make(self, scope: TenantScope, making: Making) -> None:
        """Create a document whose vectors are already copied; leave an existing one unchanged.

        Raises `RejectedError` (`short_write`) unless the stores hold all its vectors and chunks,
        `ConflictError` (`not_verified`) if a record is gone from the source.
        """
        document_id = making.document_id
        if await self._documents.get(scope, document_id) is not None:
            return
        chunks = self._chunks(making, await self._records(making))
        await self._revisions.stage(scope, document_id, REVISION, chunks)
        stored = await self._original(scope, document_id, chunks)
        embedder = await self._tenant_embedder.in_use(scope)
        upload = self._upload(making, stored)
        active = ActiveVersion(
            upload=upload,
            revision=REVISION,
            total_chunks=len(chunks),
            images_processed=making.record.images_processed if making.record else 0,
            embedding_fingerprint=embedder.model.fingerprint,
        )
        document = Document(
            tenant_uid=scope.tenant_uid,
            document_id=document_id,
            created_at=upload.uploaded_at,
            active=active,
        )
        with suppress(AlreadyExistsError):
            await self._documents.add(scope, document)

    async def _records(self, making: Making) -> Sequence[ForeignRecord]:
        """Return the document's records in order."""
        ids = making.surveyed.record_ids
        found: list[ForeignRecord] = []
        for start in range(0, len(ids), FETCHED):
            some = ids[start : start + FETCHED]
            held = await self._foreign.fetch(making.source, some)
            found += [held[each] for each in some if each in held]
        if len(found) < len(ids):
            raise ConflictError(
                f'The source has lost records of "{making.surveyed.filename}".', code="not_verified"
            )
        return found

    def _chunks(self, making: Making, records: Sequence[ForeignRecord]) -> Sequence[Chunk]:
        held = [record.metadata for record in records]
        texts = [foreign_records.text_of(each, making.text_key) for each in held]
        sections = [foreign_records.section_of(each) for each in held]
        numbers = _section_numbers(sections, is_ordered=making.surveyed.is_ordered)
        pages = foreign_records.pages_of(held)
        counts = self._token_counter.count(list(map(indexed_text, sections, texts)))
        made = [
            Chunk(
                document_id=making.document_id,
                revision=REVISION,
                ordinal=ordinal,
                section_ordinal=number,
                section=section,
                text=text,
                token_count=tokens,
                page=page,
            )
            for ordinal, (number, section, text, tokens, page) in enumerate(
                zip(numbers, sections, texts, counts, pages, strict=True)
            )
        ]
        return placed(made)

    async def _original(
        self, scope: TenantScope, document_id: DocumentId, chunks: Sequence[Chunk]
    ) -> StoredBlob:
        """Store the texts as the original."""
        body = "\n\n".join(chunk.text for chunk in chunks).encode("utf-8", "replace")
        name = BlobName(f"blob_{sha256(document_id.encode()).hexdigest()[:26]}")
        return await self._blobs.put(scope, name, once(body), max_bytes=MAX_DOCUMENT_BYTES)

    def _upload(self, making: Making, stored: StoredBlob) -> Upload:
        record = making.record
        return Upload(
            version=record.upload_version if record else 1,
            filename=making.surveyed.filename,
            media_type=MEDIA_TYPE,
            content_hash=stored.content_hash,
            size=stored.size,
            blob=stored.name,
            metadata=making.metadata,
            uploaded_at=self._uploaded_at(record),
            job_id=JobId(f"job_{making.document_id.removeprefix('doc_')}"),
        )

    def _uploaded_at(self, record: PlanDocument | None) -> datetime:
        now = self._clock.now()
        return min(now, record.uploaded_at) if record and record.uploaded_at else now


def _section_numbers(sections: Sequence[tuple[str, ...]], *, is_ordered: bool) -> list[int]:
    """Return each chunk's section: runs under one heading, or alone if the order is not known.

    Only chunks of one section are joined to a passage.
    """
    if not is_ordered:
        return list(range(len(sections)))
    return [0, *accumulate(int(one != other) for one, other in pairwise(sections))][: len(sections)]
