"""The texts that vectors from elsewhere carry in their metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ragtenancy.adapters.pinecone.records import Metadata, Record
from ragtenancy.domain.chunks import PATH_SEPARATOR, Chunk
from ragtenancy.domain.ids import ChunkId, parse_chunk_id

TEXT_KEYS = ("text", "content", "chunk_text", "page_content")
SECTION_KEYS = ("section", "heading")


def text_of(metadata: Metadata) -> str | None:
    """Return the text under the first key that holds one, None if none does."""
    for key in TEXT_KEYS:
        text = metadata.get(key)
        if isinstance(text, str) and text.strip():
            return text
    return None


def chunk_of(record: Record) -> Chunk | None:
    """Return a record with an id of ours as a chunk, None if it carries no text.

    Each is a section of its own, since nothing says which belong together.
    """
    text = text_of(record.metadata)
    if text is None:
        return None
    document_id, revision, ordinal = parse_chunk_id(ChunkId(record.id))
    page = record.metadata.get("page")
    return Chunk(
        document_id=document_id,
        revision=revision,
        ordinal=ordinal,
        section_ordinal=ordinal,
        section=_section(record.metadata),
        text=text,
        token_count=len(text.split()),
        page=int(page) if isinstance(page, int | float) else None,
    )


def _section(metadata: Metadata) -> Sequence[str]:
    for key in SECTION_KEYS:
        held: Any = metadata.get(key)
        if isinstance(held, str) and held:
            return tuple(held.split(PATH_SEPARATOR))
        if isinstance(held, list):
            return tuple(str(part) for part in held)
    return ()
