"""Chunks that were cut for one embedding model, fitted to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import structs

from ragtenancy.domain.chunking import Count, chunk_document
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import Revision
from ragtenancy.domain.parsed import Heading, Paragraph, ParsedDocument


def fitted(
    chunks: Sequence[Chunk], revision: Revision, *, count: Count, max_tokens: int
) -> Sequence[Chunk]:
    """Return the chunks as those of another revision, none longer than `max_tokens`.

    Chunks that fit stay as they are; a longer one is cut as the chunker cuts. `count` as in
    `chunk_document`.
    """
    pieces = (piece for chunk in chunks for piece in _pieces(chunk, count, max_tokens))
    return [
        structs.replace(piece, revision=revision, ordinal=ordinal)
        for ordinal, piece in enumerate(pieces)
    ]


def _pieces(chunk: Chunk, count: Count, max_tokens: int) -> Iterator[Chunk]:
    if chunk.token_count <= max_tokens:
        yield chunk
        return
    headings = [Heading(text=text, level=n) for n, text in enumerate(chunk.section, 1)]
    whole = ParsedDocument(blocks=[*headings, Paragraph(text=chunk.text)])
    for draft in chunk_document(whole, count=count, max_tokens=max_tokens):
        yield structs.replace(chunk, text=draft.text, token_count=draft.token_count)
