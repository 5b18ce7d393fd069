"""Whatever a spreadsheet or a presentation shows is read, or named in a warning."""

from __future__ import annotations

import io

import msgspec

from ragtenancy.adapters.formats.odf.reader import OdfReader
from ragtenancy.domain.parsed import ParsedDocument
from tests.factories_docx import png
from tests.factories_office import odf_bytes

STYLES = (
    '<style:style style:name="off" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="dp" style:family="drawing-page">'
    '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
)
PICTURE = (
    '<draw:frame><draw:image xlink:href="Pictures/a.png"/><svg:desc>altmark</svg:desc></draw:frame>'
)
COMMENT = "<office:annotation><dc:creator>Wu</dc:creator><text:p>{}</text:p></office:annotation>"
LINK = '<text:a xlink:href="https://link.example/targetmark">linkmark</text:a>'


def read(kind: str, body: str, **options: str) -> ParsedDocument:
    more: dict[str, str | bytes] = {"Pictures/a.png": png(), "Object 2": b"data"}
    data = odf_bytes(kind, body, styles=STYLES, more=more, **options)
    return OdfReader().load()(io.BytesIO(data))


def missing(shown: str, document: ParsedDocument) -> list[str]:
    words = msgspec.json.encode(document.blocks).decode()
    return [mark for mark in shown.split() if mark not in words]


def paragraph(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def row(*cells: str, attributes: str = "") -> str:
    held = "".join(f"<table:table-cell>{each}</table:table-cell>" for each in cells)
    return f"<table:table-row {attributes}>{held}</table:table-row>"


def box(text: str, attributes: str = "") -> str:
    return f"<draw:frame {attributes}><draw:text-box>{paragraph(text)}</draw:text-box></draw:frame>"


def test_whatever_a_spreadsheet_shows_is_read_or_named() -> None:
    head = row(paragraph("headmark"), paragraph("secondmark"))
    masters = (
        "<style:master-page><style:header><text:p>headermark</text:p></style:header>"
        "</style:master-page>"
    )
    body = (
        '<table:content-validations><table:content-validation table:name="v">'
        "<table:help-message>" + paragraph("promptmark") + "</table:help-message>"
        "</table:content-validation></table:content-validations>"
        '<table:table table:name="tabmark"><table:shapes>' + box("shapemark") + "</table:shapes>"
        f"<table:table-header-rows>{head}</table:table-header-rows>"
        + row(paragraph(LINK), COMMENT.format("notemark") + paragraph("cellmark"))
        + row(PICTURE, paragraph("plain"))
        + row('<draw:frame><draw:object-ole xlink:href="./Object 2"/></draw:frame>')
        + row(paragraph("hiddenrowmark"), attributes='table:visibility="collapse"')
        + '</table:table><table:table table:name="hiddentabmark" table:style-name="off">'
        + row(paragraph("hiddensheetmark"))
        + "</table:table>"
    )

    document = read("ods", body, masters=masters, title="titlemark")

    shown = "tabmark shapemark headmark secondmark linkmark targetmark notemark cellmark altmark headermark"
    assert missing(shown, document) == []
    assert missing("hiddenrowmark hiddensheetmark", document) == [
        "hiddenrowmark",
        "hiddensheetmark",
    ]
    assert document.title == "titlemark"
    assert len(document.images) == 1
    assert [each.data for each in document.attachments] == [b"data"]
    assert sorted(document.warnings) == [
        "1 hidden row was left out.",
        "1 hidden sheet was left out.",
        "1 input prompt of cells was not read.",
    ]


def test_whatever_a_presentation_shows_is_read_or_named() -> None:
    table = (
        "<draw:frame><table:table><table:table-row><table:table-cell>"
        + paragraph("tablemark")
        + "</table:table-cell></table:table-row></table:table></draw:frame>"
    )
    body = (
        "<draw:page>"
        + box("titlemark", 'presentation:class="title"')
        + box(LINK, 'presentation:class="outline"')
        + "<draw:custom-shape>" + paragraph("shapemark") + "</draw:custom-shape>"
        "<draw:g>" + box("groupmark") + "</draw:g>"
        '<draw:a xlink:href="https://link.example/framemark">' + box("clickmark") + "</draw:a>"
        + table
        + PICTURE
        + '<draw:frame><draw:object-ole xlink:href="./Object 2"/></draw:frame>'
        '<draw:frame><draw:plugin xlink:href="film.mp4"/></draw:frame>'
        + box("prompt", 'presentation:class="outline" presentation:placeholder="true"')
        + COMMENT.format("commentmark")
        + "<presentation:notes>" + box("notesmark", 'presentation:class="notes"')
        + "</presentation:notes></draw:page>"
        '<draw:page draw:style-name="dp">' + box("hiddenslidemark") + "</draw:page>"
    )  # fmt: skip

    document = read("odp", body)

    shown = (
        "titlemark linkmark targetmark shapemark groupmark clickmark framemark tablemark altmark "
        "commentmark notesmark"
    )
    assert missing(shown, document) == []
    assert missing("hiddenslidemark prompt", document) == ["hiddenslidemark", "prompt"]
    assert [each.data for each in document.attachments] == [b"data"]
    assert sorted(document.warnings) == [
        "1 audio or video clip was not read.",
        "1 hidden slide was left out.",
    ]


def test_boxes_in_columns_are_read_column_by_column() -> None:
    place = 'svg:x="{}cm" svg:y="{}cm" svg:width="8cm" svg:height="{}cm"'
    body = (
        "<draw:page>"
        + box("Basic", place.format(1, 4, 1))
        + box("Premium", place.format(12, 4, 1))
        + "<draw:g>" + box("Costs 19 EUR", place.format(12, 6, 3)) + "</draw:g>"
        + box("Costs 5 EUR", place.format(1, 6, 3))
        + "</draw:page>"
    )  # fmt: skip

    document = read("odp", body)

    texts = [getattr(block, "text", "") for block in document.blocks]
    assert texts == ["Basic", "Costs 5 EUR", "Premium", "Costs 19 EUR"]


CHARTED = (
    '<x xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<chart:title><text:p>charttitle</text:p></chart:title>"
    '<chart:series chart:values-cell-range-address="{}"/><table:table><table:table-row>'
    "<table:table-cell><text:p>chartvalue</text:p></table:table-cell></table:table-row>"
    "</table:table></x>"
)


def read_chart(values: str) -> str:
    holder = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
    body = '<table:table table:name="S">' + row(holder, paragraph("12")) + "</table:table>"
    more: dict[str, str | bytes] = {"Object 1/content.xml": CHARTED.format(values)}
    document = OdfReader().load()(io.BytesIO(odf_bytes("ods", body, more=more)))
    return msgspec.json.encode(document.blocks).decode()


def test_a_chart_of_cells_that_are_read_gives_its_title_only() -> None:
    said = read_chart("S.B1:S.B4")

    assert "charttitle" in said
    assert "chartvalue" not in said


def test_a_chart_with_values_of_its_own_gives_them() -> None:
    assert "chartvalue" in read_chart("local-table.$B$2:.$B$4")
