"""Tables as lines."""

from __future__ import annotations

from ragtenancy.domain.parsed import Table
from ragtenancy.domain.tables import table_lines


def test_the_header_of_an_empty_column_is_not_lost() -> None:
    table = Table(rows=[["Name", "Remarks"], ["Ann", ""], ["Bob", ""]], header_rows=1)

    assert table_lines(table) == ["Remarks", "Name: Ann", "Name: Bob"]
