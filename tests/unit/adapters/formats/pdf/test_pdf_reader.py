from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Block, Heading, ListItem, Note, Paragraph, ParsedDocument
from tests.factories_files import Words, pdf_bytes


def read(data: bytes) -> ParsedDocument:
    return PdfReader().load()(io.BytesIO(data))


def page(*texts: str) -> list[Words]:
    """Lines of one paragraph."""
    return [Words(text=text, y=700 - 14 * index) for index, text in enumerate(texts)]


def blocks(*lines: Words) -> list[Block]:
    return list(read(pdf_bytes(lines)).blocks)


def test_neighbouring_lines_are_one_paragraph() -> None:
    read_blocks = blocks(*page("Refunds are paid within thirty", "days of the purchase in cash."))

    assert read_blocks == [
        Paragraph(text="Refunds are paid within thirty days of the purchase in cash.")
    ]


def test_a_gap_parts_paragraphs() -> None:
    read_blocks = blocks(Words(text="One.", y=700), Words(text="Two.", y=660))

    assert read_blocks == [Paragraph(text="One."), Paragraph(text="Two.")]


def test_short_lines_stay_lines() -> None:
    read_blocks = blocks(*page("Ann Example", "Example Street 1, 12345 Example Town"))

    assert read_blocks == [Paragraph(text="Ann Example\nExample Street 1, 12345 Example Town")]


def test_larger_type_is_a_heading_by_its_rank() -> None:
    read_blocks = blocks(
        Words(text="Guide", y=740, size=24),
        Words(text="Refunds", y=700, size=16),
        Words(text="They are paid within thirty days of the purchase.", y=670),
    )

    assert read_blocks[:2] == [Heading(text="Guide", level=1), Heading(text="Refunds", level=2)]


def test_a_bold_line_is_a_heading_below_them() -> None:
    read_blocks = blocks(
        Words(text="Refunds", y=700, font="F2"),
        Words(text="They are paid within thirty days of the purchase.", y=670),
    )

    assert read_blocks[0] == Heading(text="Refunds", level=1)


def test_an_item_in_bold_type_is_no_heading() -> None:
    read_blocks = blocks(
        Words(text="- Keep one socket free.", y=700, font="F2"),
        Words(text="and mark it as yours.", y=688, font="F2"),
        Words(text="- Give the technician access within fifteen minutes of arrival.", y=660),
    )

    first, second = read_blocks
    assert isinstance(first, ListItem)
    assert isinstance(second, ListItem)
    assert "and mark it as yours." in first.text


def test_a_bullet_begins_a_list_item() -> None:
    read_blocks = blocks(*page("- one", "- two"))

    assert read_blocks == [ListItem(text="one", marker="-"), ListItem(text="two", marker="-")]


def test_every_block_has_its_page() -> None:
    document = read(pdf_bytes(page("One."), [], page("Three.")))

    assert [document.page_of(index) for index in range(2)] == [1, 3]
    assert document.warnings == ["1 of 3 pages contain no text; they may be scans: page 2."]


def test_what_most_pages_repeat_is_said_once() -> None:
    pages = [
        [
            Words(text="Example Inc.", y=770),
            Words(text=f"Chapter {number} says something else.", y=500 - 10 * number),
            Words(text=f"Page {number} of 4", y=20),
        ]
        for number in range(1, 5)
    ]

    document = read(pdf_bytes(*pages))

    assert document.blocks[0] == Note(text="Example Inc.", kind="header")
    assert len(document.blocks) == 5


def test_a_word_divided_by_a_line_is_whole() -> None:
    read_blocks = blocks(*page("The refunds are paid in thirty work-", "ing days without a claim."))

    assert read_blocks == [
        Paragraph(text="The refunds are paid in thirty working days without a claim.")
    ]


def test_a_picture_is_kept_as_png() -> None:
    pixels = bytes(range(256)) * 12
    dictionary = (
        "/Type/XObject/Subtype/Image/Width 32/Height 32/ColorSpace/DeviceRGB/BitsPerComponent 8"
    )
    data = with_image(dictionary, pixels)

    document = read(data)

    image = document.images[0]
    assert image.media_type == "image/png"
    assert struct.unpack(">2I", image.data[16:24]) == (32, 32)


def test_a_scan_that_no_reader_accepts_is_kept_as_it_is_seen() -> None:
    dictionary = (
        "/Type/XObject/Subtype/Image/Width 5100/Height 5000/ColorSpace/DeviceGray"
        "/BitsPerComponent 1/Filter/FlateDecode"
    )

    document = read(with_image(dictionary, zlib.compress(bytes(638 * 5000))))

    image = document.images[0]
    assert struct.unpack(">2I", image.data[16:24]) == (1275, 1651)
    assert document.warnings == ["1 of 1 pages contain no text; they may be scans: page 1."]


def with_image(dictionary: str, content: bytes) -> bytes:
    image = f"<<{dictionary}/Length {len(content)}>>stream\n".encode() + content + b"\nendstream"
    shown = "q 100 0 0 100 72 600 cm /I Do Q"
    before = (
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        "/Resources<</XObject<</I 5 0 R>>>>>>endobj\n"
        f"4 0 obj<</Length {len(shown)}>>stream\n{shown}\nendstream endobj\n5 0 obj"
    )
    return before.encode() + image + b" endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7", "corrupt_document"),
        (
            pdf_bytes(
                page("secret"),
                extra="/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<"
                + "00" * 32
                + ">/U<"
                + "00" * 32
                + ">>>/ID[<00><00>]",
            ),
            "encrypted",
        ),
    ],
)
def test_an_unsound_file_is_refused_with_its_code(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        read(data)

    assert refused.value.reason == code


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 600), st.binary(min_size=1, max_size=20))
def test_damage_is_read_over_or_refused(at: int, damage: bytes) -> None:
    sound = pdf_bytes(page("text"))

    try:
        outcome = list(read(sound[:at] + damage + sound[at + len(damage) :]).pages)
    except UnreadableDocumentError:
        outcome = []

    assert set(outcome) <= {1}


def test_a_damaged_page_is_left_out_with_a_warning() -> None:
    sound = pdf_bytes(page("One."), page("Two."))

    document = read(sound.replace(b"3 0 obj\n<</Type/Page", b"3 0 obj\n<</Type/Cake"))

    assert document.blocks == [Paragraph(text="Two.")]
    assert document.warnings == ["1 of 2 pages are damaged and were not read: page 1."]
