"""Chunks: the passages that search finds; the answerer reads their section."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct, structs

from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id

PATH_SEPARATOR = " > "
PageBreaks = Sequence[tuple[int, int | None]]
"""Where further pages begin in a text: the offset of each one's first character, and its number."""


class ChunkDraft(Struct, frozen=True, kw_only=True):
    """A chunk from the chunker, before it belongs to a document's revision.

    `ordinal` counts chunks in the document from 0; `section_ordinal` counts sections and is
    equal for chunks under one heading; `token_count` is that of `indexed_text`. `page` is where the
    text begins, `page_breaks` where it goes on.
    """

    ordinal: int
    section_ordinal: int
    section: Sequence[str]
    text: str
    token_count: int
    page: int | None = None
    page_breaks: PageBreaks = ()


class Chunk(Struct, frozen=True, kw_only=True):
    """One passage of one revision of a document.

    `start` is the offset of its text in the document's stored text (`stored_text`), in characters
    from 0; None in older records. `page` is where it begins, `page_breaks` where it goes on.
    """

    document_id: DocumentId
    revision: Revision
    ordinal: int
    section_ordinal: int
    section: Sequence[str]
    text: str
    token_count: int
    page: int | None = None
    page_breaks: PageBreaks = ()
    start: int | None = None

    @property
    def chunk_id(self) -> ChunkId:
        """`document#revision#ordinal`."""
        return chunk_id(self.document_id, self.revision, self.ordinal)

    @property
    def indexed_text(self) -> str:
        """The text for embedding and BM25: the section path, then the text."""
        return indexed_text(self.section, self.text)

    @property
    def range(self) -> tuple[int, int] | None:
        """The chunk's range of characters in the document's stored text, end exclusive."""
        return range_of([self])


def stored_text(chunks: Sequence[Chunk]) -> str:
    """Return the text of neighbouring chunks, in order, joined by line ends.

    The text of all chunks of a revision is the document's stored text; there is no other.
    """
    return "\n".join(chunk.text for chunk in chunks)


def placed(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return all chunks of a revision, in order, each with its `start` in their stored text."""
    starts = accumulate((len(chunk.text) + len("\n") for chunk in chunks), initial=0)
    return [
        structs.replace(chunk, start=start) for chunk, start in zip(chunks, starts, strict=False)
    ]


def range_of(chunks: Sequence[Chunk]) -> tuple[int, int] | None:
    """Return the range of neighbouring chunks in the stored text; None if not known."""
    first, last = chunks[0], chunks[-1]
    if first.start is None or last.start is None:
        return None
    return first.start, last.start + len(last.text)


def page_breaks_of(chunks: Sequence[Chunk]) -> PageBreaks:
    """Return the page breaks in the joined text of neighbouring chunks."""
    found: list[tuple[int, int | None]] = []
    at, page = 0, chunks[0].page
    for chunk in chunks:
        for offset, number in ((0, chunk.page), *chunk.page_breaks):
            if number != page:
                found.append((at + offset, number))
                page = number
        at += len(chunk.text) + len("\n")
    return tuple(found)


def page_at(offset: int, page: int | None, breaks: PageBreaks) -> int | None:
    """Return the page of an offset in a text that begins on `page`."""
    return next((number for at, number in reversed(breaks) if at <= offset), page)


def is_near(chunk: Chunk, other: Chunk, reach: int) -> bool:
    """Return whether two chunks share a section and are at most `reach` ordinals apart."""
    return (
        (chunk.document_id, chunk.revision, chunk.section_ordinal)
        == (other.document_id, other.revision, other.section_ordinal)
    ) and abs(chunk.ordinal - other.ordinal) <= reach


def indexed_text(section: Sequence[str], text: str) -> str:
    """Return the section path on a line of its own, then the text."""
    return f"{PATH_SEPARATOR.join(section)}\n{text}" if section else text


def of_revision(
    document_id: DocumentId, revision: Revision, drafts: Sequence[ChunkDraft]
) -> list[Chunk]:
    """Return the drafts of a document as the chunks of a revision."""
    return placed(
        [
            Chunk(
                document_id=document_id,
                revision=revision,
                ordinal=draft.ordinal,
                section_ordinal=draft.section_ordinal,
                section=draft.section,
                text=draft.text,
                token_count=draft.token_count,
                page=draft.page,
                page_breaks=draft.page_breaks,
            )
            for draft in drafts
        ]
    )
