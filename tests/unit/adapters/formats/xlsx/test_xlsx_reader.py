from __future__ import annotations

import datetime as dt
import io

import pytest

from ragtenancy.adapters.formats.xlsx.reader import XlsxReader
from ragtenancy.adapters.formats.xlsx.workbook import Value, cell_text
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Heading, ParsedDocument, Table
from tests.factories_docx import zipped
from tests.factories_files import xlsx_bytes, xlsx_parts, xlsx_rows


def read(data: bytes) -> ParsedDocument:
    return XlsxReader().load()(io.BytesIO(data))


def test_a_sheet_is_a_heading_and_a_table() -> None:
    document = read(xlsx_bytes(["City", None, "Days"], ["Rome", None, 30], ["Bern", None, 2.5]))

    assert document.blocks == [
        Heading(text="Prices", level=1),
        Table(rows=[["City", "Days"], ["Rome", "30"], ["Bern", "2.5"]], header_rows=1),
    ]


def test_an_empty_sheet_says_nothing() -> None:
    assert read(xlsx_bytes()).blocks == []


def test_a_hidden_sheet_is_left_out_and_named_in_a_warning() -> None:
    document = read(zipped(xlsx_parts(xlsx_rows(["a", "b"]), state="hidden")))

    assert document.blocks == []
    assert document.warnings == ["1 hidden sheets were left out."]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" text ", "text"),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (True, "TRUE"),
        (dt.datetime.fromisoformat("2026-01-05"), "2026-01-05"),
        (dt.datetime.fromisoformat("2026-01-05T10:30"), "2026-01-05 10:30:00"),
        (dt.date(2026, 1, 5), "2026-01-05"),
        (dt.time(10, 30), "10:30:00"),
    ],
)
def test_a_value_reads_as_it_is_meant(value: Value, expected: str) -> None:
    assert cell_text(value) == expected


def test_a_cell_far_away_is_too_much() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    with pytest.raises(UnreadableDocumentError) as refused:
        read(zipped(xlsx_parts(xlsx_rows(["a"]) + far)))

    assert refused.value.reason == "too_many_cells"


def test_a_doctype_is_refused_before_anything_is_read() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'

    with pytest.raises(UnreadableDocumentError) as refused:
        read(zipped(xlsx_parts("") | {"xl/sharedStrings.xml": bomb}))

    assert refused.value.reason == "dtd"
