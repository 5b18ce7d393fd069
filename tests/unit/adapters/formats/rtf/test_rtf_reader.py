"""Rich text as Word, WordPad, LibreOffice and Outlook write it."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.rtf.document import read_document
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import (
    Attachment,
    Block,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Table,
)
from tests.factories_docx import png

FONTS = (
    r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}{\f2\fcharset128 MS Mincho;}"
    r"{\f3\fcharset2 Symbol;}{\f4\fcharset0 Wingdings{\*\falt Arial};}}"
)
STYLES = r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s5 Title;}}"


def read(text: str) -> ParsedDocument:
    head = r"{\rtf1\ansi\ansicpg1252\deff0" + FONTS + STYLES
    return read_document((head + text + "}").encode("latin-1"))


def blocks(text: str) -> list[Block]:
    return list(read(text).blocks)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"Pr\'fcfung \endash  80 \u8364?", "Prüfung – 80 €"),
        (r"{\f1 \'cf\'f0\'e8\'e2\'e5\'f2} there", "Привет there"),
        (r"{\f2 \'93\'8c\'8b\'9e\'83A}", "東京ア"),
        (r"\uc2\u26481 ab\uc0\u20140 .", "東京."),
        (r"\u-10179?\u-8704?", "😀"),
        (r"{\f3 a}-rays", "α-rays"),
        (r"10{\up6 3} and CO{\dn4 2}\up6\up0  x", "10³ and CO₂ x"),
        (r"{\f4 \'fe} or {\f4 \u-3928?} or {\f4 o}", "☑ or ☐ or □"),
        (r"a\~b\_c\-d \{e\}", "a\u00a0b‑cd {e}"),
        (r"m{\super 2} and {\strike 28 EUR}", "m² and ~~28 EUR~~"),
        (r"{\deleted was }is", "is"),
        (r"x{\*\unknown hidden}y{\bin3 {}}z", "xyz"),
        (r'{\field{\*\fldinst HYPERLINK "https://a.example/x"}{\fldrslt Ann}} said',
         "Ann (https://a.example/x) said"),
        (r"{\field{\*\fldinst PAGE}{\fldrslt 7}}th", "7th"),
    ],
)  # fmt: skip
def test_text_is_read_as_it_is_shown(text: str, shown: str) -> None:
    assert blocks(rf"{text}\par") == [Paragraph(text=shown)]


def test_hidden_text_is_left_out_and_counted() -> None:
    document = read(r"seen{\v secret}\par")

    assert document.blocks == [Paragraph(text="seen")]
    assert document.warnings == ["1 hidden text was left out."]


def test_headings_lists_and_notes() -> None:
    found = blocks(
        r"\pard\s5 Guide\par\pard\s1 Pumps\par\pard\s0 Fee{\footnote Net.} due\par"
        r"{\listtext 1.\tab}one\par{\pntext\bullet\tab}two\par\pard\outlinelevel2 Deep\par"
    )

    assert found == [
        Heading(text="Guide", level=0),
        Heading(text="Pumps", level=1),
        Paragraph(text="Fee due"),
        Note(text="Net.", kind="footnote"),
        ListItem(text="one", marker="1."),
        ListItem(text="two", marker="•"),
        Heading(text="Deep", level=3),
    ]


def test_a_table_of_contents_is_left_out() -> None:
    toc = r"{\field{\*\fldinst TOC \\o}{\fldrslt Pumps\tab 3\par Valves\tab 5\par}}\par"

    document = read(toc + r"\pard Text\par")

    assert document.blocks == [Paragraph(text="Text")]
    assert document.warnings == ["1 table of contents was left out."]


def form_field(code: str, data: str) -> str:
    form = rf"{{\*\formfield{{{data}{{\*\ffname A1}}}}}}"
    return rf"{{\field{{\*\fldinst {{{code}}}{form}}}{{\fldrslt }}}}"


@pytest.mark.parametrize(
    ("code", "data", "shown"),
    [
        ("FORMCHECKBOX", r"\fftype1\ffres1\ffdefres0", "☒"),
        ("FORMCHECKBOX", r"\fftype1\ffres0\ffdefres1", "☐"),
        ("FORMCHECKBOX", r"\fftype1\ffres25\ffdefres1", "☒"),
        ("FORMCHECKBOX", "", "☐"),
        ("FORMDROPDOWN", r"\fftype2\ffres1{\*\ffl low}{\*\ffl high}", "high"),
        ("FORMDROPDOWN", r"\fftype2\ffres25\ffdefres0{\*\ffl low}{\*\ffl high}", "low"),
        ("FORMDROPDOWN", r"\fftype2\ffres9{\*\ffl low}", ""),
        ("FORMTEXT", r"\fftype0{\*\ffdeftext unseen}", ""),
    ],
)
def test_form_fields_show_their_state(code: str, data: str, shown: str) -> None:
    field = form_field(code, data)

    assert blocks(rf"Level:{field}\par") == [Paragraph(text=f"Level:{shown}")]


def test_a_bold_line_above_prose_is_a_heading() -> None:
    prose = "The supplier keeps the parts in stock for ten years after the delivery."

    found = blocks("".join(rf"{{\b {t}}}\par {prose}\par" for t in ("Stock", "Price")))

    assert [block for block in found if isinstance(block, Heading)] == [
        Heading(text="Stock", level=1),
        Heading(text="Price", level=1),
    ]


def test_an_embedded_file_is_taken_out_of_its_object() -> None:
    package = b"\x02\0a.csv\0a.csv\0\0\0\x03\0\x06\0\0\0a.csv\0\x03\0\0\0x;y"
    head = b"\x01\x05\0\0\x02\0\0\0\x08\0\0\0Package\0" + b"\0" * 8
    record = head + len(package).to_bytes(4, "little") + package

    document = read(r"{\object{\*\objdata " + record.hex() + r"}{\result icon}}\par")

    assert document.attachments == [Attachment(filename="a.csv", data=b"x;y")]
    assert document.warnings == []


def test_art_in_a_header_is_a_watermark() -> None:
    art = r"{\shp{\*\shpinst{\sp{\sn gtextUNICODE}{\sv DRAFT}}}}"

    found = blocks(rf"{{\header{art}}}{art}Text\par")

    assert found == [
        Paragraph(text="Text"),
        Paragraph(text="DRAFT"),
        Note(text="Watermark: DRAFT", kind="watermark"),
    ]


def test_rows_are_a_table() -> None:
    row = r"\trowd\cellx1000\cellx2000\pard\intbl {}\cell {}\cell\row"

    found = blocks(row.format("Part", "Weight") + row.format("Lid", r"3\par kg") + r"\pard End\par")

    assert found == [
        Table(rows=[["Part", "Weight"], ["Lid", "3\nkg"]], header_rows=1),
        Paragraph(text="End"),
    ]


def test_cells_are_placed_by_their_right_edges() -> None:
    wide = r"\trowd\cellx2000\cellx3000\pard\intbl wide\cell c\cell\row"
    narrow = r"\trowd\cellx1000\cellx2000\cellx3000\pard\intbl a\cell b\cell d\cell\row"

    found = blocks(narrow + wide + r"\pard\par")

    assert isinstance(found[0], Table)
    assert [row[-1] for row in found[0].rows] == ["d", "c"]


def test_deep_groups_are_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        read_document(b"{\\rtf1" + b"{" * 100_000)

    assert refused.value.reason == "too_deep"


@pytest.mark.parametrize("data", [b"", b"}}}}", b"{\\rtf1", b"{\\rtf1\\bin99999999 a", b"\\u\\'"])
def test_damaged_text_gives_what_there_is(data: bytes) -> None:
    assert read_document(data).blocks == []


def test_whatever_a_text_shows_is_read_or_named() -> None:
    document = read(
        r"{\info{\title titlemark}{\author nobody}}{\header headermark\par}"
        r"textmark{\*\annotation commentmark}\par"
        r"{\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt boxmark\par}}}\par"
        r"{\pict\pngblip " + png().hex() + r"}\par{\object{\*\objdata 00}{\result resultmark}}\par"
    )

    texts = [getattr(block, "text", "") for block in document.blocks]
    assert texts == ["textmark", "Comment: commentmark", "boxmark", "", "resultmark", "headermark"]
    assert document.title == "titlemark"
    assert len(document.images) == 1
    assert document.warnings == ["1 embedded object was not read."]
