from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Code, Note, Paragraph
from tests.factories_docx import (
    STRICT_WORD,
    WORD,
    docx_bytes,
    docx_parts,
    paragraph,
    root,
    run,
    zipped,
)
from tests.factories_docx import style as a_style
from tests.unit.adapters.formats.docx.reading import blocks, read

A_BOX = "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
RUBY = (
    "<w:r><w:ruby><w:rt><w:r><w:t>kan</w:t></w:r></w:rt>"
    "<w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby></w:r>"
)
RAISED = '<w:vertAlign w:val="superscript"/>'
EQUATION = (
    "<m:oMath><m:r><m:t>E=m</m:t></m:r><m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e>"
    "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath>"
)
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE x</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>7</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (run("a") + run("b"), "ab"),
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a\tb\nc"),
        ("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r>", "co-op"),
        ('<w:r><w:sym w:font="Symbol" w:char="F061"/></w:r>', "\u03b1"),
        ('<w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>\uf0fc</w:t></w:r>', "✓"),
        (f'<w:hyperlink r:id="x">{run("link")}</w:hyperlink>', "link"),
        (f"<w:sdt><w:sdtContent>{run('control')}</w:sdtContent></w:sdt>", "control"),
        (f"<w:smartTag>{run('tagged')}</w:smartTag>", "tagged"),
        (f"<w:ins>{run('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new"),
        (f"<w:moveFrom>{run('gone')}</w:moveFrom><w:moveTo>{run('here')}</w:moveTo>", "here"),
        (run("shown") + run("hidden", "<w:vanish/>"), "shown"),
        (run("shown", '<w:vanish w:val="0"/>'), "shown"),
        (run("page ") + FIELD, "page 7"),
        (f'<w:fldSimple w:instr="DATE">{run("today")}</w:fldSimple>', "today"),
        (RUBY, "漢(kan)"),
        (RUBY + RUBY + run("text"), "漢漢(kankan)text"),
        (EQUATION, "E=mc^2"),
        (run("pay\u200b now\u202e\U000e0041"), "pay now"),
        (run("two\n  lines\u00a0here"), "two lines\u00a0here"),
        (run("10") + run("-5", RAISED) + run(" m"), "10⁻⁵ m"),
        (run("H") + run("2", '<w:vertAlign w:val="subscript"/>') + run("O"), "H₂O"),
        (run("1") + run("st", RAISED), "1st"),
        (run("4", RAISED) + run(" See there."), "4 See there."),
    ],
)  # fmt: skip
def test_a_paragraph_reads_as_word_shows_it(content: str, expected: str) -> None:
    read_blocks = blocks(paragraph(content))

    assert read_blocks == [Paragraph(text=expected)]


@pytest.mark.parametrize("kind", ["paragraph", "character"])
def test_text_hidden_by_a_style_is_left_out_and_counted(kind: str) -> None:
    styles = root("styles", a_style("Secret", "Secret", "<w:rPr><w:vanish/></w:rPr>", kind=kind))
    by_paragraph = paragraph("secret", '<w:pStyle w:val="Secret"/>')
    by_run = paragraph(run("secret", '<w:rStyle w:val="Secret"/>'))
    body = by_paragraph if kind == "paragraph" else by_run

    document = read(docx_bytes(body, styles=styles))

    assert document.blocks == []
    assert document.warnings == ["1 passage of hidden text was left out."]


def test_a_paragraph_whose_mark_was_deleted_runs_on() -> None:
    body = paragraph("one ", "<w:rPr><w:del/></w:rPr>") + paragraph("two")

    read_blocks = blocks(body)

    assert read_blocks == [Paragraph(text="one two")]


@pytest.mark.parametrize(
    ("first", "second", "expected"), [("one", "two", "one two"), ("一", "二", "一二")]
)
def test_paragraphs_made_one_stay_two_words_where_words_have_spaces(
    first: str, second: str, expected: str
) -> None:
    body = paragraph(first, "<w:rPr><w:del/></w:rPr>") + paragraph(second)

    read_blocks = blocks(body)

    assert read_blocks == [Paragraph(text=expected)]


def test_a_drop_cap_belongs_to_its_word() -> None:
    body = paragraph("D", '<w:framePr w:dropCap="drop"/>') + paragraph("ear reader")

    read_blocks = blocks(body)

    assert read_blocks == [Paragraph(text="Dear reader")]


def test_a_text_box_is_read_once_whatever_its_alternatives() -> None:
    box = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{A_BOX}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{A_BOX}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )

    read_blocks = blocks(paragraph(run("anchor") + box))

    assert read_blocks == [Paragraph(text="anchor"), Paragraph(text="boxed")]


def test_a_fallback_is_read_where_the_choice_gives_nothing() -> None:
    content = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice>"
        "<mc:Fallback><w:t>plain</w:t></mc:Fallback></mc:AlternateContent></w:r>"
    )

    read_blocks = blocks(paragraph(content))

    assert read_blocks == [Paragraph(text="plain")]


def test_a_note_follows_the_paragraph_that_refers_to_it_once() -> None:
    notes = root(
        "footnotes",
        '<w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="2">{paragraph("see page 4")}</w:footnote>',
    )
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = paragraph(run("claim") + reference) + paragraph(run("again") + reference)

    read_blocks = blocks(body, footnotes=notes)

    assert read_blocks == [
        Paragraph(text="claim"),
        Note(text="see page 4", kind="footnote"),
        Paragraph(text="again"),
    ]


def test_headers_come_first_and_footers_last_each_once() -> None:
    sections = (
        '<w:sectPr><w:headerReference r:id="header"/><w:footerReference r:id="footer"/></w:sectPr>'
    )
    body = paragraph("text", sections) + sections

    read_blocks = blocks(
        body,
        header=root("hdr", paragraph("Confidential")),
        footer=root("ftr", paragraph("Contoso Ltd.")),
    )

    assert read_blocks == [
        Note(text="Confidential", kind="header"),
        Paragraph(text="text"),
        Note(text="Contoso Ltd.", kind="footer"),
    ]


def test_a_footer_of_a_page_number_alone_is_left_out() -> None:
    body = paragraph("text") + '<w:sectPr><w:footerReference r:id="footer"/></w:sectPr>'

    read_blocks = blocks(body, footer=root("ftr", paragraph("- 3 -")))

    assert read_blocks == [Paragraph(text="text")]


def test_lines_of_code_make_one_block() -> None:
    styles = root("styles", a_style("Pre", "HTML Preformatted"))
    lines = [paragraph(text, '<w:pStyle w:val="Pre"/>') for text in ("if x:", "    go()")]

    read_blocks = blocks("".join(lines), styles=styles)

    assert read_blocks == [Code(text="if x:\n    go()")]


def test_an_inserted_file_that_is_missing_is_counted() -> None:
    document = read(docx_bytes('<w:altChunk r:id="chunk"/>' + paragraph("text")))

    assert document.blocks == [Paragraph(text="text")]
    assert document.warnings == ["1 inserted document in another format was not read."]


def test_strict_documents_read_like_transitional_ones() -> None:
    parts = {
        name: str(content)
        .replace(WORD, STRICT_WORD)
        .replace(
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            "http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        for name, content in docx_parts(paragraph("strict")).items()
    }

    document = read(zipped(parts))

    assert document.blocks == [Paragraph(text="strict")]


def test_utf16_parts_are_read() -> None:
    parts = docx_parts(paragraph("wide"))
    xml = '<?xml version="1.0" encoding="UTF-16"?>' + str(parts["word/document.xml"])

    document = read(zipped(parts | {"word/document.xml": xml.encode("utf-16")}))

    assert document.blocks == [Paragraph(text="wide")]


def test_digits_on_a_shifted_base_line_are_raised_or_lowered() -> None:
    up, down = '<w:position w:val="8"/>', '<w:position w:val="-6"/>'
    body = paragraph(run("10") + run("6", up) + run(" CO") + run("2", down) + run(" up", up))

    assert blocks(body) == [Paragraph(text="10⁶ CO₂ up")]
