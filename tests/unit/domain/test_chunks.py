"""Where chunks stand in their document's stored text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.domain.chunking import chunk_document, refitted
from ragtenancy.domain.chunks import (
    Chunk,
    of_revision,
    page_at,
    page_breaks_of,
    placed,
    range_of,
    stored_text,
)
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.parsed import Block, Heading, Paragraph, ParsedDocument
from ragtenancy.persistence.record_codec import RecordCodec

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)
BLOCKS = st.one_of(
    st.builds(Paragraph, text=TEXT), st.builds(Heading, text=TEXT, level=st.integers(1, 3))
)


def count(texts: Sequence[str]) -> Sequence[int]:
    return [len(text.split()) for text in texts]


def chunks_of(blocks: Sequence[Block], *, overlap: int = 0) -> list[Chunk]:
    drafts = chunk_document(
        ParsedDocument(blocks=blocks), count=count, max_tokens=20, target=12, overlap=overlap
    )
    return of_revision(DocumentId("doc_a"), Revision("1-1"), drafts)


@given(st.lists(BLOCKS, max_size=8), st.integers(0, 6))
def test_a_range_of_the_stored_text_is_the_chunk(blocks: list[Block], overlap: int) -> None:
    chunks = chunks_of(blocks, overlap=overlap)
    text = stored_text(chunks)

    assert [text[slice(*(chunk.range or ()))] for chunk in chunks] == [c.text for c in chunks]


@given(st.lists(BLOCKS, min_size=1, max_size=8), st.data())
def test_a_range_of_the_stored_text_is_the_passage(
    blocks: list[Block], data: st.DataObject
) -> None:
    chunks = chunks_of([*blocks, Paragraph(text="The end.")])
    first = data.draw(st.integers(0, len(chunks) - 1))
    last = data.draw(st.integers(first, len(chunks) - 1))
    passage = chunks[first : last + 1]

    assert stored_text(chunks)[slice(*(range_of(passage) or ()))] == stored_text(passage)


def test_a_chunk_that_was_stored_before_its_start_was_kept_has_no_range() -> None:
    [whole] = chunks_of([Paragraph(text="Two days.")])
    body = {name: value for name, value in structs.asdict(whole).items() if name != "start"}

    old = RecordCodec(Chunk).decode(msgspec.msgpack.encode(body))

    assert (old.text, old.range, range_of([old, whole])) == ("Two days.", None, None)


def test_old_chunks_can_be_placed() -> None:
    chunks = chunks_of([Paragraph(text="One. " * 30)])
    old = [structs.replace(chunk, start=None) for chunk in chunks]

    assert placed(old) == chunks


PAGED = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 30)), min_size=1, max_size=9)


def paged(drawn: Sequence[tuple[int, int]], *, overlap: int = 0) -> list[Chunk]:
    """Return the chunks of paragraphs whose words begin with the number of their page."""
    numbers = [sum(step for step, _ in drawn[: at + 1]) for at in range(len(drawn))]
    blocks = [
        Paragraph(text=f"{number}. {f' {number}w' * words}")
        for number, (_, words) in zip(numbers, drawn, strict=True)
    ]
    drafts = chunk_document(
        ParsedDocument(blocks=blocks, pages=numbers),
        count=count,
        max_tokens=20,
        target=18,
        overlap=overlap,
    )
    return of_revision(DocumentId("doc_a"), Revision("1-1"), drafts)


def require_pages(chunks: Sequence[Chunk]) -> None:
    """Require of every word that its page is the number that it begins with."""
    text, page, breaks = stored_text(chunks), chunks[0].page, page_breaks_of(chunks)
    words = list(re.finditer(r"(\d+)w?", text))
    assert words
    assert [page_at(word.start(), page, breaks) for word in words] == [int(w[1]) for w in words]


@given(PAGED, st.integers(0, 6), st.data())
def test_every_word_of_a_passage_has_its_page(
    drawn: list[tuple[int, int]], overlap: int, data: st.DataObject
) -> None:
    chunks = paged(drawn, overlap=overlap)
    first = data.draw(st.integers(0, len(chunks) - 1))

    require_pages(chunks[first:])


@given(PAGED)
def test_pages_are_kept_when_chunks_are_cut_for_another_model(drawn: list[tuple[int, int]]) -> None:
    pieces = refitted(paged(drawn), Revision("1-2"), count=count, max_tokens=9)

    for piece in pieces:
        require_pages([piece])
