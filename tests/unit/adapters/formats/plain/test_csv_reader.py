from __future__ import annotations

import io

import pytest

from ragtenancy.adapters.formats.plain.csv_reader import CsvReader
from ragtenancy.domain.parsed import Table

EXPECTED = [Table(rows=[["City", "Price"], ["Rome", "1,5"], ["Bern", "2"]], header_rows=1)]


@pytest.mark.parametrize(
    "text",
    [
        'City,Price\nRome,"1,5"\nBern,2\n',
        "City;Price\r\nRome;1,5\r\nBern;2",
        "City\tPrice\nRome\t1,5\nBern\t2\n",
        "City|Price\nRome|1,5\nBern|2\n",
        "sep=;\nCity;Price\nRome;1,5\nBern;2\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_delimiter_and_the_encoding_are_found(text: str, encoding: str) -> None:
    assert CsvReader().load()(io.BytesIO(text.encode(encoding))).blocks == EXPECTED


def test_line_breaks_stay_in_quoted_cells() -> None:
    blocks = CsvReader().load()(io.BytesIO(b'a,b\n"one\ntwo",3\n')).blocks

    assert blocks == [Table(rows=[["a", "b"], ["one\ntwo", "3"]], header_rows=1)]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c"])
def test_only_line_ends_end_rows(mark: str) -> None:
    text = f"no,remark\n7,left{mark}right\n8,plain\n"

    (table,) = CsvReader().load()(io.BytesIO(text.encode())).blocks

    assert isinstance(table, Table)
    assert [" ".join(cell.split()) for cell in table.rows[1]] == ["7", "left right"]


def test_titles_with_other_delimiters_do_not_mislead() -> None:
    text = "Umsatz, netto\nStand: 1.2., vorläufig\n\nOrt;Menge;Preis\nUlm;3;1,50\nHof;4;2,75\n"

    blocks = CsvReader().load()(io.BytesIO(text.encode())).blocks

    rows = [["Ort", "Menge", "Preis"], ["Ulm", "3", "1,50"], ["Hof", "4", "2,75"]]
    assert isinstance(blocks[-1], Table)
    assert blocks[-1].rows == rows
