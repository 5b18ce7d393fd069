"""Chunks of one model, fitted to another."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.domain.chunking import SPECIAL_TOKENS, refitted
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import DocumentId, Revision

NEXT = Revision("1-2")


def characters(texts: Sequence[str]) -> Sequence[int]:
    return [len("".join(text.split())) for text in texts]


def chunk(text: str, section: Sequence[str] = ()) -> Chunk:
    return Chunk(
        document_id=DocumentId("doc_a"),
        revision=Revision("1-1"),
        ordinal=0,
        section_ordinal=0,
        section=section,
        text=text,
        token_count=len(text.split()),
    )


def test_what_fits_stays_and_is_counted_anew() -> None:
    [kept] = refitted([chunk("It is short.")], NEXT, count=characters, max_tokens=100)

    assert (kept.text, kept.token_count, kept.revision) == ("It is short.", 10, NEXT)


def test_what_another_model_finds_too_long_is_cut() -> None:
    text = " ".join(f"Sentence number {n} stands here." for n in range(6))

    pieces = refitted([chunk(text, ["Guide"])], NEXT, count=characters, max_tokens=60)

    assert " ".join(piece.text for piece in pieces) == text
    counts = [characters([piece.indexed_text])[0] for piece in pieces]
    assert counts == [piece.token_count for piece in pieces]
    assert max(counts) <= 60 - SPECIAL_TOKENS
    assert [piece.ordinal for piece in pieces] == list(range(len(pieces)))
