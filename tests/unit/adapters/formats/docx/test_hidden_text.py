from __future__ import annotations

import pytest

from tests.factories_docx import cell, docx_bytes, paragraph, root, row, run, style, table
from tests.unit.adapters.formats.docx.reading import read

WHITE = '<w:color w:val="FFFFFF"/>'
DARK = '<w:shd w:val="clear" w:color="auto" w:fill="1F3864"/>'
PALE = '<w:shd w:val="clear" w:color="auto" w:fill="FFFFFF"/>'
STYLES = root(
    "styles",
    style("Ghost", "Ghost", f"<w:rPr>{WHITE}</w:rPr>")
    + style("Banner", "Banner", f"<w:pPr>{DARK}</w:pPr><w:rPr>{WHITE}</w:rPr>")
    + style("Dark", "Grid Dark", f"<w:tblStylePr>{DARK}</w:tblStylePr>", kind="table"),
)
STYLED = '<w:tbl><w:tblPr><w:tblStyle w:val="Dark"/></w:tblPr>{}</w:tbl>'


@pytest.mark.parametrize(
    "body",
    [
        paragraph(run("secret", WHITE)),
        paragraph(run("secret", '<w:sz w:val="2"/>')),
        paragraph(run("secret", WHITE), PALE),
        paragraph("secret", '<w:pStyle w:val="Ghost"/>'),
        table(row(cell(paragraph(run("secret", WHITE))), cell("b"))),
        paragraph(run("secret", '<w:color w:val="FEFEFE"/>')),
    ],
)
def test_text_that_nobody_sees_is_left_out_and_counted(body: str) -> None:
    document = read(docx_bytes(body + paragraph("shown"), styles=STYLES))

    assert "secret" not in str(document.blocks)
    assert document.warnings == ["1 passage in white or 1-point type was left out as hidden."]


@pytest.mark.parametrize(
    "body",
    [
        paragraph(run("shown", WHITE + DARK)),
        paragraph(run("shown", WHITE + '<w:highlight w:val="black"/>')),
        paragraph(run("shown", WHITE), DARK),
        paragraph("shown", '<w:pStyle w:val="Banner"/>'),
        table(row(cell(paragraph(run("shown", WHITE)), DARK), cell("b"))),
        STYLED.format(row(cell(paragraph(run("shown", WHITE))), cell("b"))),
        paragraph(f"<w:r><w:pict><w:txbxContent>{paragraph(run('shown', WHITE))}"
                  "</w:txbxContent></w:pict></w:r>"),
        paragraph(run("shown", '<w:color w:val="F4B083"/>')),
        paragraph(run("shown", '<w:color w:val="auto"/>')),
        paragraph(run("shown", '<w:sz w:val="10"/>')),
    ],
)  # fmt: skip
def test_white_text_on_a_dark_background_is_read(body: str) -> None:
    document = read(docx_bytes(body, styles=STYLES))

    assert "shown" in str(document.blocks)
    assert document.warnings == []
