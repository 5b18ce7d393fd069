"""Chunks: the passages that are found; their section is what the answerer reads."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id

PATH_SEPARATOR = " > "


class ChunkDraft(Struct, frozen=True, kw_only=True):
    """A chunk as the chunker cuts it, before it belongs to a document's revision.

    `ordinal` counts chunks in the document from 0; `section_ordinal` counts sections and is
    equal for chunks that stand under one heading; `token_count` is that of `indexed_text`.
    """

    ordinal: int
    section_ordinal: int
    section: Sequence[str]
    text: str
    token_count: int
    page: int | None = None


class Chunk(Struct, frozen=True, kw_only=True):
    """One passage of one revision of a document."""

    document_id: DocumentId
    revision: Revision
    ordinal: int
    section_ordinal: int
    section: Sequence[str]
    text: str
    token_count: int
    page: int | None = None

    @property
    def chunk_id(self) -> ChunkId:
        """`document#revision#ordinal`."""
        return chunk_id(self.document_id, self.revision, self.ordinal)

    @property
    def indexed_text(self) -> str:
        """What is embedded and what BM25 counts: the section path, then the text."""
        return indexed_text(self.section, self.text)


def is_near(chunk: Chunk, other: Chunk, reach: int) -> bool:
    """Tell whether two chunks are of one section and at most `reach` ordinals apart."""
    return (
        (chunk.document_id, chunk.revision, chunk.section_ordinal)
        == (other.document_id, other.revision, other.section_ordinal)
    ) and abs(chunk.ordinal - other.ordinal) <= reach


def indexed_text(section: Sequence[str], text: str) -> str:
    """Return the section path on a line of its own, then the text."""
    return f"{PATH_SEPARATOR.join(section)}\n{text}" if section else text


def of_revision(document_id: DocumentId, revision: Revision, draft: ChunkDraft) -> Chunk:
    """Return the draft as a chunk of a revision."""
    return Chunk(
        document_id=document_id,
        revision=revision,
        ordinal=draft.ordinal,
        section_ordinal=draft.section_ordinal,
        section=draft.section,
        text=draft.text,
        token_count=draft.token_count,
        page=draft.page,
    )
