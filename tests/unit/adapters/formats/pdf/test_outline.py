from __future__ import annotations

import io

from ragtenancy.adapters.formats.pdf.outline import with_outline
from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph
from tests.factories_files import Words
from tests.factories_pdf import Page, pdf_of, string

LONG = "The boats are handed over in the harbour, with a full tank and clean decks."


def headings(blocks: list[tuple[int, Block]]) -> list[tuple[str, int]]:
    return [(each.text, each.level) for _, each in blocks if isinstance(each, Heading)]


def test_a_bookmark_makes_its_line_a_heading() -> None:
    bookmarks = [
        "<</Type/Outlines/First 4 0 R/Last 4 0 R/Count 2>>",
        f"<</Title {string('2 Handover')}/Parent 3 0 R/Dest[6 0 R/Fit]/First 5 0 R/Last 5 0 R>>",
        f"<</Title {string('2.1 Harbour')}/Parent 4 0 R/Dest[6 0 R/Fit]>>",
    ]
    lines = [
        Words(text="2 Handover", y=700),
        Words(text=LONG, y=686),
        Words(text="2.1 Harbour", y=640),
        Words(text=LONG, y=626),
    ]

    data = pdf_of(Page(lines=lines), catalog="/Outlines 3 0 R", objects=bookmarks)

    assert PdfReader().load()(io.BytesIO(data)).blocks == [
        Heading(text="2 Handover", level=1),
        Paragraph(text=LONG),
        Heading(text="2.1 Harbour", level=2),
        Paragraph(text=LONG),
    ]


def test_text_is_compared_without_numbers_and_signs() -> None:
    blocks: list[tuple[int, Block]] = [
        (1, ListItem(marker="1.", text="Handover\nof boats")),
        (1, Paragraph(text="Chapter 2 Rent")),
        (2, Paragraph(text="Rent")),
    ]

    placed = with_outline(blocks, {1: {"handoverofboats": 1, "rent": 2}})

    assert headings(placed) == [("1. Handover of boats", 1), ("Chapter 2 Rent", 2)]


def test_other_headings_take_the_level_of_their_size() -> None:
    blocks: list[tuple[int, Block]] = [
        (1, Heading(text="Boat rental", level=1)),
        (1, Heading(text="Handover", level=2)),
        (1, Heading(text="Rent", level=2)),
        (1, Heading(text="Note", level=3)),
    ]

    placed = with_outline(blocks, {1: {"handover": 1}})

    assert headings(placed) == [("Boat rental", 1), ("Handover", 2), ("Rent", 2), ("Note", 3)]


def test_bookmarks_that_name_nothing_change_nothing() -> None:
    blocks: list[tuple[int, Block]] = [(1, Heading(text="Rent", level=2))]

    assert with_outline(blocks, {3: {"slide1": 1}}) == blocks
