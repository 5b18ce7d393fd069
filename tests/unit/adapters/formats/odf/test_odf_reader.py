"""OpenDocument files as LibreOffice and Google export them."""

from __future__ import annotations

import base64
import io

import msgspec
import pytest

from ragtenancy.adapters.formats.odf.reader import OdfReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import (
    Block,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Table,
)
from tests.factories_docx import png
from tests.factories_office import odf_bytes

STYLES = (
    '<style:style style:name="up" style:family="text">'
    '<style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="cut" style:family="text">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="gone" style:family="text">'
    '<style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    '<style:style style:name="off" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="dp" style:family="drawing-page">'
    '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    '<text:list-style style:name="L1"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2" '
    'style:num-format="a" style:num-suffix=")"/></text:list-style>'
)


def read(kind: str, body: str) -> ParsedDocument:
    data = odf_bytes(kind, body, styles=STYLES)
    return OdfReader().load()(io.BytesIO(data))


def said(document: ParsedDocument) -> str:
    return msgspec.json.encode(document.blocks).decode()


def paragraph(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def cell(text: str, attributes: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def test_titles_headings_and_paragraphs_keep_their_order() -> None:
    document = read(
        "odt",
        '<text:p text:style-name="P1">Guide</text:p><text:h text:outline-level="2">Pumps</text:h>'
        + paragraph('Three<text:s text:c="2"/>years<text:line-break/>each.\n  More'),
    )

    assert document.blocks == [
        Heading(text="Guide", level=0),
        Heading(text="Pumps", level=2),
        Paragraph(text="Three  years\neach. More"),
    ]


def test_raised_struck_hidden_and_linked_text() -> None:
    document = read(
        "odt",
        paragraph(
            '10<text:span text:style-name="up">6</text:span> at '
            '<text:span text:style-name="cut">28 EUR</text:span>'
            '<text:span text:style-name="gone">secret</text:span> by '
            '<text:a xlink:href="https://a.example/x">Ann</text:a>'
        ),
    )

    assert document.blocks == [Paragraph(text="10⁶ at ~~28 EUR~~ by Ann (https://a.example/x)")]
    assert document.warnings == ["1 hidden text was left out."]


def test_lists_count_by_their_levels() -> None:
    item = "<text:list-item>{}</text:list-item>"
    inner = f"<text:list>{item.format(paragraph('deep'))}</text:list>"
    items = item.format(paragraph("one") + inner) + item.format(paragraph("two"))

    document = read("odt", f'<text:list text:style-name="L1">{items}</text:list>')

    assert document.blocks == [
        ListItem(text="one", marker="1."),
        ListItem(text="deep", marker="a)", depth=1),
        ListItem(text="two", marker="2."),
    ]


def test_a_table_keeps_spans_and_rows_of_headers() -> None:
    rows = (
        "<table:table-header-rows><table:table-row>"
        + cell("Part")
        + cell("Weight")
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell("Lid")
        + cell("3 kg")
        + "</table:table-row>"
    )

    document = read("odt", f"<table:table>{rows}</table:table>")

    assert document.blocks == [Table(rows=[["Part", "Weight"], ["Lid", "3 kg"]], header_rows=1)]


def test_notes_comments_and_tracked_deletions() -> None:
    document = read(
        "odt",
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        + paragraph(
            'Fee<text:note text:note-class="endnote"><text:note-citation>1</text:note-citation>'
            "<text:note-body><text:p>Net.</text:p></text:note-body></text:note> due"
            "<office:annotation><dc:creator>Kim</dc:creator><text:p>Check</text:p>"
            "</office:annotation>"
        ),
    )

    assert document.blocks == [
        Paragraph(text="Fee[1] due"),
        Note(text="Net.", kind="endnote"),
        Note(text="Comment by Kim: Check", kind="comment"),
    ]


def test_sheets_repeat_cells_and_leave_out_what_is_hidden() -> None:
    body = (
        '<table:table table:name="Stock"><table:table-column/>'
        '<table:table-column table:visibility="collapse"/><table:table-column/>'
        "<table:table-row>" + cell("Part") + cell("Cost") + cell("Rate") + "</table:table-row>"
        "<table:table-row>" + cell("Lid") + cell("9") + cell("12 %", 'office:value-type="percentage"')
        + '</table:table-row><table:table-row table:visibility="filter">' + cell("old")
        + '</table:table-row><table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        '<table:table table:name="Off" table:style-name="off"><table:table-row>'
        + cell("secret") + "</table:table-row></table:table>"
    )  # fmt: skip

    document = read("ods", body)

    assert document.blocks == [
        Heading(text="Stock", level=1),
        Table(rows=[["Part", "Rate"], ["Lid", "12 %"]], header_rows=1),
    ]
    assert document.warnings == [
        "1 row hidden by a filter was left out.",
        "1 hidden column was left out.",
        "1 hidden sheet was left out.",
    ]


def test_formulas_without_values_are_shown() -> None:
    row = cell("Total") + '<table:table-cell table:formula="of:=SUM([.B1:.B2])"/>'

    document = read("ods", f'<table:table table:name="S"><table:table-row>{row}</table:table-row></table:table>')  # fmt: skip

    assert "=SUM([.B1:.B2])" in said(document)
    assert "1 formula was shown as formulas" in document.warnings[0]


def test_filled_cells_repeated_without_end_are_too_much() -> None:
    row = cell("x", 'table:number-columns-repeated="16384"')
    rows = f'<table:table-row table:number-rows-repeated="1000">{row}</table:table-row>'

    with pytest.raises(UnreadableDocumentError) as refused:
        read("ods", f"<table:table>{rows}</table:table>")

    assert refused.value.reason == "too_many_cells"


def test_slides_begin_with_their_titles_and_are_pages() -> None:
    frame = '<draw:frame presentation:class="{}"><draw:text-box>{}</draw:text-box></draw:frame>'
    page = "<draw:page {}>{}</draw:page>"
    notes = (
        "<presentation:notes>"
        + frame.format("notes", paragraph("Say it"))
        + "</presentation:notes>"
    )

    document = read(
        "odp",
        page.format("", frame.format("outline", paragraph("Body")) + frame.format("title", paragraph("Head")) + notes)
        + page.format('draw:style-name="dp"', frame.format("title", paragraph("Hidden"))),
    )  # fmt: skip

    assert document.blocks == [
        Heading(text="Head", level=1),
        Paragraph(text="Body"),
        Note(text="Say it", kind="notes"),
    ]
    assert document.pages == [1, 1, 1]
    assert document.warnings == ["1 hidden slide was left out."]


def test_an_encrypted_file_is_refused() -> None:
    manifest = {"META-INF/manifest.xml": "<manifest:encryption-data/>"}

    with pytest.raises(UnreadableDocumentError) as refused:
        OdfReader().load()(io.BytesIO(odf_bytes("odt", "", more=manifest)))

    assert refused.value.reason == "encrypted"


def test_whatever_a_text_shows_is_read_or_named() -> None:
    body = (
        '<office:forms><form:form><form:checkbox form:id="c" form:label="boxmark" '
        'form:current-state="checked"/></form:form></office:forms>'
        + paragraph("paragraphmark<text:ruby><text:ruby-base>base</text:ruby-base>"
                    "<text:ruby-text>rubymark</text:ruby-text></text:ruby>")
        + '<text:section text:display="none">' + paragraph("hiddensectionmark") + "</text:section>"
        "<text:section>" + paragraph("sectionmark") + "</text:section>"
        "<text:table-of-content><text:index-body>" + paragraph("contents")
        + "</text:index-body></text:table-of-content>"
        + paragraph('<draw:frame><draw:image xlink:href="Pictures/a.png"/><svg:desc>altmark</svg:desc></draw:frame>')
        + paragraph('<draw:frame><draw:text-box>' + paragraph("framemark") + "</draw:text-box></draw:frame>")
        + paragraph('<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>')
        + paragraph('<draw:frame><draw:object-ole xlink:href="./Object 2"/></draw:frame>')
        + paragraph('<draw:control draw:control="c"/>')
        + paragraph("<draw:custom-shape>" + paragraph("shapemark") + "</draw:custom-shape>")
    )  # fmt: skip
    chart = "<x xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'><table:table><table:table-row><table:table-cell><text:p>chartmark</text:p></table:table-cell></table:table-row></table:table></x>"  # fmt: skip
    masters = "<style:master-page><style:header><text:p>headermark</text:p></style:header></style:master-page>"
    more: dict[str, str | bytes] = {
        "Pictures/a.png": png(),
        "Object 1/content.xml": chart,
        "Object 2": b"data",
    }
    data = odf_bytes("odt", body, styles=STYLES, masters=masters, title="titlemark", more=more)

    document = OdfReader().load()(io.BytesIO(data))

    shown = "paragraphmark rubymark sectionmark altmark framemark chartmark ☒ boxmark shapemark headermark"
    words = said(document)
    assert [mark for mark in shown.split() if mark not in words] == []
    assert "contents" not in words
    assert document.title == "titlemark"
    assert len(document.images) == 1
    assert [each.data for each in document.attachments] == [b"data"]
    assert document.warnings == [
        "1 hidden section was left out.",
        "1 table of contents was left out.",
    ]


FACES = (
    '<style:font-face style:name="Dings1" svg:font-family="\'Wingdings\'"/>'
    '<style:default-style style:family="paragraph"><style:text-properties fo:font-size="11pt"/>'
    '</style:default-style><style:style style:name="ding" style:family="text">'
    '<style:text-properties style:font-name="Dings1"/></style:style>'
    '<style:style style:name="fat" style:family="text"><style:text-properties '
    'fo:font-weight="bold"/></style:style><style:style style:name="big" style:family="paragraph">'
    '<style:text-properties fo:font-size="150%"/></style:style>'
    '<style:style style:name="Caption" style:family="paragraph"><style:text-properties '
    'fo:font-weight="bold"/></style:style>'
)
PROSE = paragraph("The supplier keeps the parts in stock for ten years after the delivery.")
LOEXT = 'xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
FIELDS = 'xmlns:field="urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"'


def blocks(body: str) -> list[Block]:
    data = odf_bytes("odt", body, styles=FACES)
    return list(OdfReader().load()(io.BytesIO(data)).blocks)


def test_letters_in_a_symbol_font_are_symbols() -> None:
    body = paragraph('Lift <text:span text:style-name="ding">\uf0fc o þ</text:span> ok')

    assert blocks(body) == [Paragraph(text="Lift ✓ □ ☑ ok")]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ('<text:p><text:span text:style-name="fat">{}</text:span></text:p>', 1),
        ('<text:p text:style-name="big">{}</text:p>', 1),
        ('<text:p text:style-name="Caption">{}</text:p>', None),
        ('<text:p><text:span text:style-name="fat">{}</text:span> etc</text:p>', None),
    ],
)
def test_lines_in_bold_or_larger_type_are_headings(line: str, level: int | None) -> None:
    found = blocks("".join(line.format(each) + PROSE for each in ("Stock", "Price")))

    levels = [block.level for block in found if isinstance(block, Heading)]
    assert levels == ([] if level is None else [level, level])


def param(name: str, value: str) -> str:
    return f'<field:param field:name="{name}" field:value="{value}"/>'


@pytest.mark.parametrize(
    ("kind", "params", "shown"),
    [
        ("FORMCHECKBOX", param("Checkbox_Checked", "true"), "☒"),
        ("FORMCHECKBOX", "", "☐"),
        (
            "FORMDROPDOWN",
            param("Dropdown_ListEntry", "low")
            + param("Dropdown_ListEntry", "high")
            + param("Dropdown_Selected", "1"),
            "high",
        ),
        ("FORMDROPDOWN", param("Dropdown_Selected", "7"), ""),
        ("FORMTEXT", "", ""),
    ],
)
def test_form_fields_of_word_show_their_state(kind: str, params: str, shown: str) -> None:
    mark = f'<field:fieldmark {FIELDS} field:type="x.{kind}">{params}</field:fieldmark>'

    assert blocks(paragraph(f"Level:{mark}")) == [Paragraph(text=f"Level:{shown}")]


def test_content_controls_show_their_values_but_no_prompts() -> None:
    attributes = ("checkbox", "checkbox", "showing-place-holder", "date")
    box, ticked, prompt, date = (
        f"<loext:content-control {LOEXT} loext:{a}='true'" for a in attributes
    )
    end = "</loext:content-control>"
    body = f"{box}>x{end}{ticked} loext:checked='true'>x{end}{prompt}>Choose{end}{date}>3 May{end}"

    assert blocks(paragraph(body)) == [Paragraph(text="☐☒3 May")]


def test_a_list_box_shows_its_choice() -> None:
    body = (
        '<office:forms><form:form><form:listbox form:id="l" form:label="Meals">'
        '<form:option form:label="half"/><form:option form:label="full" '
        'form:current-selected="true"/></form:listbox></form:form></office:forms>'
        + paragraph('<draw:control draw:control="l"/>')
    )

    assert blocks(body) == [Paragraph(text="Meals full")]


FLAT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<office:document'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' office:mimetype="application/vnd.oasis.opendocument.text">'
    "<office:meta><dc:title>Kiln</dc:title></office:meta><office:master-styles>"
    "<style:master-page><style:header><text:p>Pottery of Ulm</text:p></style:header>"
    "</style:master-page></office:master-styles><office:body><office:text>"
    "<text:p>Lit at 4:50.</text:p><text:p><draw:frame><draw:image><office:binary-data>"
    f"{base64.b64encode(png()).decode()}</office:binary-data></draw:image></draw:frame></text:p>"
    "<text:p><draw:frame><draw:image><office:binary-data>x</office:binary-data></draw:image>"
    "</draw:frame></text:p></office:text></office:body>"
    "</office:document>"
)


def test_a_flat_file_is_read() -> None:
    document = OdfReader().load()(io.BytesIO(FLAT.encode()))

    kind = "application/vnd.oasis.opendocument.text-flat-xml"
    assert OdfReader().recognises(FLAT.encode(), "a") == kind
    assert document.title == "Kiln"
    assert document.blocks[0] == Paragraph(text="Lit at 4:50.")
    assert document.blocks[-1] == Note(text="Pottery of Ulm", kind="header")
    assert [image.data for image in document.images] == [png()]
    assert document.warnings == ["Pictures not kept: 1 (missing)."]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (FLAT[:-20], "corrupt_document"),
        (FLAT.replace("\n", '\n<!DOCTYPE a [<!ENTITY b "c">]>'), "dtd"),
    ],
)
def test_an_unsound_flat_file_is_refused(broken: str, code: str) -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        OdfReader().load()(io.BytesIO(broken.encode()))

    assert refused.value.reason == code
