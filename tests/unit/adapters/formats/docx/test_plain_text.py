"""The short way through plain text gives what the long way gives."""

from __future__ import annotations

from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.parsed import Paragraph, Table
from tests.factories_docx import cell, paragraph, root, row, run, style, table
from tests.unit.adapters.formats.docx.reading import blocks

STYLES = root(
    "styles",
    style("H", "heading 1") + style("Pre", "HTML Preformatted") + style("Normal", "Normal"),
)
CLOSER_LOOK = "<w:smartTag/>"
texts = st.text(st.sampled_from("ab é字\u00a0\u200b\t\n\uf0fc,."), max_size=12).map(escape)
paragraphs = st.tuples(st.lists(texts, max_size=4), st.sampled_from(["", "H", "Pre", "Normal"]))


def made(parts: list[str], style_id: str, more: str) -> str:
    properties = f'<w:pStyle w:val="{style_id}"/>' if style_id else ""
    return paragraph("".join(map(run, parts)) + more, properties)


@given(st.lists(paragraphs, max_size=6))
def test_paragraphs_read_alike_the_short_and_the_long_way(
    content: list[tuple[list[str], str]],
) -> None:
    short = "".join(made(*each, "") for each in content)
    long = "".join(made(*each, CLOSER_LOOK) for each in content)

    assert blocks(short, styles=STYLES) == blocks(long, styles=STYLES)


@given(st.lists(st.lists(paragraphs, min_size=1, max_size=3), min_size=1, max_size=3))
def test_tables_read_alike_the_short_and_the_long_way(
    content: list[list[tuple[list[str], str]]],
) -> None:
    short = table(*(row(*(cell(made(*each, "")) for each in cells)) for cells in content))
    long = table(*(row(*(cell(made(*each, CLOSER_LOOK)) for each in cells)) for cells in content))

    assert blocks(short, styles=STYLES) == blocks(long, styles=STYLES)


def test_a_document_of_many_pieces_is_read_in_order() -> None:
    numbers = [str(number) for number in range(4_000)]
    rows = [row(cell(number), cell("x" * 100)) for number in numbers]

    found = blocks("".join(map(paragraph, numbers)) + table(*rows) + paragraph("end"))

    assert found[:-2] == [Paragraph(text=number) for number in numbers]
    assert found[-2] == Table(rows=[[number, "x" * 100] for number in numbers])
    assert found[-1] == Paragraph(text="end")


def test_line_breaks_between_elements_are_no_text() -> None:
    body = paragraph(run("one") + run("two")).replace("><", ">\n  <")

    found = blocks(body)

    assert found == [Paragraph(text="onetwo")]
