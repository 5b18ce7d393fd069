from __future__ import annotations

import io

import pytest

from ragtenancy.adapters.formats.plain.csv_reader import CsvReader, rows_of
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


@pytest.mark.parametrize(
    "text",
    [
        "Kommentar\nDas Zimmer war kalt, aber sauber\nGutes Essen\nLaut, eng und teuer\n",
        "Avis\nLe bus, en retard, était plein\nParfait\nTrop cher, trop loin\n",
        "Betrag\n12,5\n13,75\n9,0\n",
    ],
)
def test_commas_of_one_column_part_no_cells(text: str) -> None:
    assert rows_of(text) == [[line] for line in text.splitlines()]


def test_a_title_above_spaced_columns_leaves_them_apart() -> None:
    rows = rows_of("Members 2024\nName, Phone\nKim, 33\nLee, 44\n")

    assert rows[1:] == [["Name", "Phone"], ["Kim", "33"], ["Lee", "44"]]


def test_numbers_kept_as_text_lose_the_sign_that_keeps_them() -> None:
    assert rows_of('Code;Ort\n="00815";Ulm\n"=""0099""";Bonn\n')[1:] == [
        ["00815", "Ulm"],
        ["0099", "Bonn"],
    ]


def test_numbers_kept_as_text_may_hold_the_delimiter() -> None:
    text = 'Code;Menge\n="0;89";9\n="12";7\n"a;=""b"";c";1\n'

    assert rows_of(text)[1:] == [["0;89", "9"], ["12", "7"], ['a;="b";c', "1"]]
