"""Binary workbooks (.xlsb), as Excel and SheetJS write them."""

from __future__ import annotations

import io
import struct

import msgspec
import pytest

from ragtenancy.adapters.formats.xlsx.reader import XlsbReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Heading, ParsedDocument, Span, Table
from tests.factories_docx import zipped
from tests.factories_files import OFFICE, PACKAGE
from tests.factories_office import (
    xlsb_cell,
    xlsb_hidden_column,
    xlsb_link,
    xlsb_merged,
    xlsb_notes,
    xlsb_parts,
    xlsb_row,
    xlsb_text,
)

RK, ERROR, BOOLEAN, REAL, SHARED, FORMULA_TEXT = 2, 3, 4, 5, 7, 8


def read(parts: dict[str, str | bytes]) -> ParsedDocument:
    return XlsbReader().load()(io.BytesIO(zipped(parts)))


def texts_of(document: ParsedDocument) -> list[list[str]]:
    return [
        list(row) for block in document.blocks if isinstance(block, Table) for row in block.rows
    ]


def head(*names: str) -> bytes:
    first, *others = names
    return xlsb_row(0, xlsb_text(first, 1, column=0), *(xlsb_text(name, 1) for name in others))


def test_cells_that_do_not_name_their_column_follow_the_one_before() -> None:
    row = xlsb_row(1, xlsb_text("Nut", column=0), xlsb_text("M8"), xlsb_text("ten", column=3))

    document = read(xlsb_parts(head("Part", "Size", "Colour", "Stock"), row))

    assert document.blocks[0] == Heading(text="Prices", level=1)
    assert texts_of(document) == [["Part", "Size", "Colour", "Stock"], ["Nut", "M8", "", "ten"]]
    assert document.warnings == ["1 hidden sheet was left out."]


@pytest.mark.parametrize(
    ("code", "kind", "value", "shown"),
    [
        ("0.0%", REAL, struct.pack("<d", 0.125), "12.5%"),
        ("000000", RK, struct.pack("<I", 42 << 2 | 2), "000042"),
        ("0.00", RK, struct.pack("<I", 1250 << 2 | 3), "12.50"),
        ("General", RK, struct.pack("<I", (-5 << 2 | 2) & 0xFFFFFFFF), "-5"),
        ("General", RK, struct.pack("<d", 1.5)[4:], "1.5"),
        ("dd.mm.yyyy", REAL, struct.pack("<d", 46_015), "24.12.2025"),
        ("[h]:mm", REAL, struct.pack("<d", 36.25 / 24), "36:15"),
        ("0", REAL, struct.pack("<d", 4_539_148_803_436_460), "4539148803436460"),
        ("General", BOOLEAN, b"\1", "TRUE"),
        ("General", ERROR, b"\x17", "#REF!"),
        ("General", FORMULA_TEXT, struct.pack("<I", 2) + b"o\0k\0" + bytes(6), "ok"),
    ],
)
def test_a_value_is_shown_by_its_number_format(
    code: str, kind: int, value: bytes, shown: str
) -> None:
    row = xlsb_row(1, xlsb_text("Nut", column=0), xlsb_cell(kind, 2, value, column=1))

    document = read(xlsb_parts(head("Part", "Value"), row, codes=[code]))

    assert texts_of(document) == [["Part", "Value"], ["Nut", shown]]


def test_shared_texts_are_raised_and_struck_by_the_fonts_of_their_runs() -> None:
    texts = [("10 m2 or 12", [(4, 2), (5, 0), (9, 3)])]
    row = xlsb_row(1, xlsb_text("Area", column=0), xlsb_cell(SHARED, 0, bytes(4), column=1))

    document = read(xlsb_parts(head("Part", "Value"), row, texts=texts))

    assert texts_of(document)[1] == ["Area", "10 m² or ~~12~~"]


def test_a_merged_label_holds_for_each_row() -> None:
    rows = [
        xlsb_row(1, xlsb_text("Kiel", column=0), xlsb_text("A1"), xlsb_text("310 t")),
        xlsb_row(2, xlsb_text("A2", column=1), xlsb_text("325 t")),
    ]

    document = read(
        xlsb_parts(head("Plant", "Line", "Output"), *rows, after=xlsb_merged(1, 2, 0, 0))
    )

    assert [block.spans for block in document.blocks if isinstance(block, Table)] == [
        (Span(row=1, column=0, down=2),)
    ]


def test_hidden_rows_and_columns_are_left_out_and_counted() -> None:
    rows = [
        xlsb_row(1, xlsb_text("Door", column=0), xlsb_text("210 EUR"), xlsb_text("40 %")),
        xlsb_row(2, xlsb_text("Gate", column=0), xlsb_text("990 EUR"), hidden=True),
    ]

    document = read(
        xlsb_parts(head("Item", "Price", "Margin"), *rows, before=xlsb_hidden_column(2))
    )

    assert texts_of(document) == [["Item", "Price"], ["Door", "210 EUR"]]
    assert document.warnings == [
        "1 hidden row was left out.",
        "1 hidden column was left out.",
        "1 hidden sheet was left out.",
    ]


def test_notes_and_targets_of_links_follow_their_cells() -> None:
    row = xlsb_row(1, xlsb_text("Tank", column=0), xlsb_text("70"))
    parts = xlsb_parts(head("Part", "Level"), row, after=xlsb_link(1, 0, "web"))
    parts["xl/_rels/a.bin.rels"] = (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="web" Type="{OFFICE}/hyperlink" TargetMode="External"'
        ' Target="https://tanks.example.org/1"/>'
        f'<Relationship Id="n" Type="{OFFICE}/comments" Target="notes.bin"/></Relationships>'
    )
    parts["xl/notes.bin"] = xlsb_notes("Wu", "Gauge was replaced", row=1, column=1)

    document = read(parts)

    assert texts_of(document)[1] == [
        "Tank (https://tanks.example.org/1)",
        "70 [note: Wu: Gauge was replaced]",
    ]


@pytest.mark.parametrize("part", ["xl/workbook.bin", "xl/a.bin", "xl/styles.bin"])
def test_a_record_that_is_cut_off_is_refused(part: str) -> None:
    parts = xlsb_parts(head("Part", "Size"))
    data = parts[part]
    assert isinstance(data, bytes)

    with pytest.raises(UnreadableDocumentError) as raised:
        read(parts | {part: data[:-1]})

    assert raised.value.reason == "corrupt_document"


def test_text_instead_of_records_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as raised:
        read(xlsb_parts() | {"xl/workbook.bin": "<workbook/>"})

    assert raised.value.reason == "corrupt_document"


def test_a_cell_before_the_first_row_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as raised:
        read(xlsb_parts(xlsb_text("lost", column=0)))

    assert raised.value.reason == "corrupt_document"


def test_every_text_is_read_or_counted() -> None:
    rows = [
        xlsb_row(1, xlsb_text("rowmark", column=0), xlsb_text("cellmark")),
        xlsb_row(2, xlsb_text("hiddenmark", column=0), hidden=True),
    ]

    document = read(xlsb_parts(head("headmark", "secondmark"), *rows))

    said = msgspec.json.encode(document.blocks).decode()
    marks = ("headmark", "secondmark", "rowmark", "cellmark")
    assert [mark for mark in marks if mark not in said] == []
    assert "hiddenmark" not in said
    assert "secret" not in said
