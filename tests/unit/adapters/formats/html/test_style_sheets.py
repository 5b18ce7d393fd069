"""What style sheets say of cells and words."""

from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.html.message import read_message
from ragtenancy.adapters.formats.html.page import read_document
from ragtenancy.domain.parsed import Block, Paragraph, Table

ROWS = "<tr><td>plum<td>oval</tr><tr><td>pear<td>bell</tr><tr><td>apple<td>round</tr>"
PLAIN = f"<table><tr><td>apple<td>round</tr>{ROWS}</table>"
CLASSED = f"<table><tr class=top><td class='c h'>apple<td class='c h'>round</tr>{ROWS}</table>"


def first(page: str) -> Block:
    return read_document(page.encode()).blocks[0]


def header_rows(page: str) -> int:
    block = first(page)
    assert isinstance(block, Table)
    return block.header_rows


def test_without_marks_these_cells_name_nothing() -> None:
    assert header_rows(PLAIN) == 0


@pytest.mark.parametrize(
    "rule",
    [
        ".h { font-weight: 700 }",
        "td.c.h{color:red;font-weight:bold}",
        "<!-- .x, .h { font-weight: bold } -->",
        "/* .a{} */ table tr.top td { background-color: #dde }",
        ".h{font-weight:400} .c.h{font-weight:700}",
        "@media print { .h { font-weight: 400 } } .h { font: bold 11pt Arial }",
    ],
)
def test_cells_in_bold_or_shaded_by_a_rule_name_columns(rule: str) -> None:
    assert header_rows(f"<style>{rule}</style>{CLASSED}") == 1


@pytest.mark.parametrize(
    "rule",
    [
        ".top { font-weight: 400 }",
        ".other td { font-weight: 700 }",
        ".h:hover { font-weight: 700 }",
        "@media print { .h { font-weight: 700 } }",
        ".h{font-weight:700} .h{font-weight:400}",
        ".h{font-weight:700",
    ],
)
def test_other_rules_mark_nothing(rule: str) -> None:
    assert header_rows(f"<style>{rule}</style>{CLASSED}") == 0


def test_a_style_attribute_is_stronger_than_a_rule() -> None:
    rule = "<style>.old{text-decoration:line-through}</style>"

    struck = first(f"{rule}<p>was <span class=old>9</span></p>")
    kept = first(f"{rule}<p>was <span class=old style='text-decoration:none'>9</span></p>")

    assert struck == Paragraph(text="was ~~9~~")
    assert kept == Paragraph(text="was 9")


def test_a_style_sheet_saved_beside_the_page_counts() -> None:
    parts = f"""MIME-Version: 1.0
Content-Type: multipart/related; boundary=b

--b
Content-Type: text/html

<html><body>{CLASSED}</body></html>
--b
Content-Type: text/css

.h {{ font-weight: bold }}
--b--
"""

    (table,) = read_message(parts.encode()).blocks

    assert isinstance(table, Table)
    assert table.header_rows == 1


def test_a_struck_row_is_marked_in_each_cell() -> None:
    rule = "<style>.off { text-decoration: line-through }</style>"

    table = first(
        f"{rule}<table><tr><th>Fee<th>EUR<tr class=off><td>Old<td>9<tr><td>New<td>3</table>"
    )

    assert isinstance(table, Table)
    assert table.rows[1:] == [["~~Old~~", "~~9~~"], ["New", "3"]]
