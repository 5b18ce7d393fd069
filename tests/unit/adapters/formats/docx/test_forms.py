from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Paragraph, Table
from tests.factories_docx import cell, docx_bytes, paragraph, row, run, table
from tests.unit.adapters.formats.docx.reading import blocks, read

W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
PROMPT = run("Enter a date", '<w:rStyle w:val="PlaceholderText"/>')


def field(data: str, instruction: str, result: str = "") -> str:
    """A form field as Word stores it."""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar></w:r>'
        f"<w:r><w:instrText> {instruction} </w:instrText></w:r>"
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def box(state: str) -> str:
    return field(f"<w:checkBox><w:sizeAuto/>{state}</w:checkBox>", "FORMCHECKBOX")


def choice(state: str) -> str:
    entries = "".join(f'<w:listEntry w:val="{each}"/>' for each in ("red", "green", "blue"))
    return field(f"<w:ddList>{state}{entries}</w:ddList>", "FORMDROPDOWN")


def control(properties: str, content: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (box("<w:checked/>"), "☒"),
        (box('<w:checked w:val="1"/>'), "☒"),
        (box('<w:default w:val="1"/>'), "☒"),
        (box('<w:default w:val="1"/><w:checked w:val="0"/>'), "☐"),
        (box(""), "☐"),
        (choice('<w:result w:val="2"/>'), "blue"),
        (choice('<w:default w:val="1"/>'), "green"),
        (choice(""), "red"),
        (choice('<w:result w:val="9"/>'), ""),
        (field("<w:textInput/>", "FORMTEXT", run("Bergen")), "Bergen"),
        (field("<w:ddList><w:listEntry w:val='a'/></w:ddList>", "FORMDROPDOWN", run("b")), "b"),
        (control(f'<w14:checkbox {W14}><w14:checked w14:val="1"/></w14:checkbox>'), "☒"),
        (control(f'<w14:checkbox {W14}><w14:checked w14:val="0"/></w14:checkbox>'), "☐"),
        (control('<w:date w:fullDate="2026-03-09T00:00:00Z"/>'), "2026-03-09"),
        (control("<w:dropDownList/>", run("Harbour")), "Harbour"),
        (control("<w:showingPlcHdr/><w:text/>", PROMPT), ""),
        (control('<w:showingPlcHdr w:val="0"/><w:text/>', run("kept")), "kept"),
    ],
)
def test_a_field_reads_as_it_is_filled_in(content: str, expected: str) -> None:
    read_blocks = blocks(paragraph(run("Colour: ") + content))

    assert read_blocks == [Paragraph(text=f"Colour: {expected}".strip())]


@pytest.mark.parametrize(
    "body",
    [
        control("<w:showingPlcHdr/>", paragraph(PROMPT)),
        table(row(cell("Name"), control("<w:showingPlcHdr/>", cell(paragraph(PROMPT))))),
        table(row(cell("Name"), cell(control("<w:showingPlcHdr/>", paragraph(PROMPT))))),
        paragraph(control("<w:text/>", PROMPT)),
    ],
)
def test_the_prompt_of_an_empty_control_is_left_out_and_counted(body: str) -> None:
    document = read(docx_bytes(body + paragraph("End")))

    assert "Enter" not in str(document.blocks)
    assert document.warnings == ["1 prompt of an empty field was left out."]


def test_a_ticked_box_stands_in_its_cell() -> None:
    body = table(
        row(cell("Paid"), cell("Sent")), row(cell(paragraph(box("<w:checked/>"))), cell("no"))
    )

    [read_table] = blocks(body)

    assert isinstance(read_table, Table)
    assert "☒" in str(read_table.rows)
