"""The record ids and metadata of chunks' vectors; texts in foreign metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragtenancy.adapters.pinecone.records import Metadata, Record
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.foreign_records import OWNER, page_of, section_of, text_of
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_ids, parse_chunk_id
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vectors

STORE = "vectors"
OWNER_KEY = OWNER
REVISION_KEY = "document_revision"


def records_of(
    scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
) -> list[Record]:
    """Return the records of a revision, one per row."""
    ids = chunk_ids(document_id, revision, len(vectors))
    return [
        Record(id=chunk, values=row, metadata=marks(scope, document_id, revision, ordinal))
        for ordinal, (chunk, row) in enumerate(zip(ids, vectors, strict=True))
    ]


def marks(
    scope: TenantScope, document_id: DocumentId, revision: Revision, ordinal: int
) -> dict[str, Any]:
    """Return the metadata that identifies a chunk's record: tenant, document and revision."""
    return {
        OWNER_KEY: scope.tenant_uid,
        "document_id": document_id,
        "revision": revision,
        REVISION_KEY: revision_key(document_id, revision),
        "ordinal": ordinal,
    }


def revision_key(document_id: DocumentId, revision: Revision) -> str:
    """Return the id prefix of a revision's chunks, also stored in its records."""
    return f"{document_id}#{revision}"


def prefix(document_id: DocumentId, revision: Revision | None) -> str:
    """Return the id prefix of a document's chunks, or of one revision's."""
    return f"{document_id}#" if revision is None else f"{revision_key(document_id, revision)}#"


def place(chunk: str) -> tuple[str, int]:
    """Return a chunk's revision key and ordinal; an id of another form has no revision."""
    key, _, ordinal = chunk.rpartition("#")
    return (key, int(ordinal)) if ordinal.isdecimal() else ("", 0)


class Active:
    """The searchable chunks: those of a manifest's documents, or of some of them."""

    def __init__(self, manifest: Manifest, documents: frozenset[DocumentId] | None = None) -> None:
        self.totals = {
            revision_key(e.document_id, e.revision): e.total_chunks
            for e in manifest.entries.values()
            if e.total_chunks and (documents is None or e.document_id in documents)
        }
        self.total = sum(self.totals.values())

    def __contains__(self, chunk: str) -> bool:
        key, ordinal = place(chunk)
        return ordinal < self.totals.get(key, 0)

    def chunks(self) -> list[ChunkId]:
        """Return the ids of all the chunks."""
        return [
            ChunkId(f"{key}#{ordinal:06d}")
            for key, total in self.totals.items()
            for ordinal in range(total)
        ]


def require_own(scope: TenantScope, metadata: Metadata) -> None:
    """Raise `IsolationBreach` unless a record carries the tenant's uid."""
    scope.require_own(metadata.get(OWNER_KEY, ""), STORE)


def in_revisions(keys: list[str]) -> Mapping[str, Any]:
    """Return a filter for records of these revisions."""
    return {REVISION_KEY: {"$in": keys}}


def chunk_of(record: Record) -> Chunk | None:
    """Return a record with one of our ids as a chunk, None if it has no text.

    Each chunk is its own section, since the records do not group them.
    """
    text = text_of(record.metadata)
    if not text:
        return None
    document_id, revision, ordinal = parse_chunk_id(ChunkId(record.id))
    return Chunk(
        document_id=document_id,
        revision=revision,
        ordinal=ordinal,
        section_ordinal=ordinal,
        section=section_of(record.metadata),
        text=text,
        token_count=len(text.split()),
        page=page_of(record.metadata),
    )
