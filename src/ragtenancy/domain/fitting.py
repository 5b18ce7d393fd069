"""Chunks that were cut for one embedding model, fitted to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import structs

from ragtenancy.domain.chunking import SPECIAL_TOKENS, Count, chunk_document
from ragtenancy.domain.chunks import Chunk, placed
from ragtenancy.domain.ids import Revision
from ragtenancy.domain.parsed import Heading, Paragraph, ParsedDocument


def fitted(
    chunks: Sequence[Chunk], revision: Revision, *, count: Count, max_tokens: int
) -> Sequence[Chunk]:
    """Return the chunks as those of another revision, none longer than `max_tokens`.

    Their tokens are counted anew. Chunks that fit keep their text; a longer one is cut as the
    chunker cuts. `count` and `max_tokens` as in `chunk_document`.
    """
    counts = count([chunk.indexed_text for chunk in chunks])
    counted = (
        structs.replace(chunk, token_count=tokens)
        for chunk, tokens in zip(chunks, counts, strict=True)
    )
    pieces = (piece for chunk in counted for piece in _pieces(chunk, count, max_tokens))
    return placed(
        [
            structs.replace(piece, revision=revision, ordinal=ordinal)
            for ordinal, piece in enumerate(pieces)
        ]
    )


def _pieces(chunk: Chunk, count: Count, max_tokens: int) -> Iterator[Chunk]:
    if chunk.token_count <= max_tokens - SPECIAL_TOKENS:
        yield chunk
        return
    headings = [Heading(text=text, level=n) for n, text in enumerate(chunk.section, 1)]
    whole = ParsedDocument(blocks=[*headings, Paragraph(text=chunk.text)])
    for draft in chunk_document(whole, count=count, max_tokens=max_tokens):
        yield structs.replace(
            chunk, section=draft.section, text=draft.text, token_count=draft.token_count
        )
