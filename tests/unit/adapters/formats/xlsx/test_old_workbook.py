"""Workbooks of Excel 97 to 2003: whatever they show is read, or named in a warning."""

from __future__ import annotations

import io

import msgspec
import pytest

from ragtenancy.adapters.formats.xlsx.reader import XlsReader
from ragtenancy.domain.parsed import ParsedDocument
from tests.factories_office import xls_bytes, xls_header, xls_note, xls_object

CHART, PICTURE, BOX = 5, 8, 6
ROWS = (["headmark", "secondmark"], ["rowmark", "cellmark"])


def read(data: bytes) -> ParsedDocument:
    return XlsReader().load()(io.BytesIO(data))


def test_whatever_an_old_workbook_shows_is_read_or_named() -> None:
    data = xls_bytes(
        *ROWS,
        ["hiddenrowmark", "x"],
        hidden_rows=[2],
        hidden_sheet="Secret",
        more=xls_note(1, 1, "notemark")
        + xls_object(BOX, "boxmark")
        + xls_object(CHART)
        + xls_object(PICTURE)
        + xls_header("&Cheadermark"),
    )

    document = read(data)

    said = msgspec.json.encode(document.blocks).decode()
    shown = ("headmark", "secondmark", "rowmark", "cellmark", "notemark")
    assert [mark for mark in shown if mark not in said] == []
    assert document.warnings == [
        "1 hidden row was left out.",
        "1 hidden sheet was left out.",
        "1 text box was not read.",
        "1 chart was not read.",
        "1 picture was not read.",
        "1 header or footer was not read.",
    ]


@pytest.mark.parametrize("more", [xls_header("&CPage &P of &N"), xls_object(BOX), xls_object(20)])
def test_what_says_nothing_is_not_counted(more: bytes) -> None:
    assert read(xls_bytes(*ROWS, more=more)).warnings == []
