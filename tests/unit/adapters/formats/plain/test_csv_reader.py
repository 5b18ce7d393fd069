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
