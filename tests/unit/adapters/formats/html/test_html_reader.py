from __future__ import annotations

import base64
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.html.reader import HtmlReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import (
    Block,
    Code,
    Heading,
    ListItem,
    Paragraph,
    ParsedDocument,
    Picture,
    Table,
)
from ragtenancy.domain.tables import table_lines


def read(data: bytes) -> ParsedDocument:
    return HtmlReader().load()(io.BytesIO(data))


def blocks(markup: str) -> list[Block]:
    return list(read(markup.encode()).blocks)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h2>A <em>b</em></h2>", Heading(text="A b", level=2)),
        ("<p>Ann &amp; Bob\n  &eacute;</p>", Paragraph(text="Ann & Bob é")),
        ("<div>one<br>two</div>", Paragraph(text="one\ntwo")),
        ("<div>loose</div>", Paragraph(text="loose")),
        ("<p>a<!-- no -->b</p>", Paragraph(text="ab")),
        (
            "<pre><code class='language-python'>if a:\n    b</code></pre>",
            Code(text="if a:\n    b", language="python"),
        ),
    ],
)
def test_an_element_is_a_block(markup: str, expected: Block) -> None:
    assert blocks(markup) == [expected]


@pytest.mark.parametrize(
    "markup",
    [
        "<script>a</script>",
        "<style>a</style>",
        "<nav>a</nav>",
        "<p hidden>a</p>",
        "<p style='display: none'>a</p>",
        "<div role=navigation>a</div>",
        "<table><tr hidden><td>a<td>b</table>",
        "<template>a</template>",
        "<noscript>a</noscript>",
        "<button>a</button>",
    ],
)
def test_what_is_not_shown_is_left_out(markup: str) -> None:
    assert blocks(f"<p>before {markup}<p>after") == [
        Paragraph(text="before"),
        Paragraph(text="after"),
    ]


@pytest.mark.parametrize(
    ("attributes", "markers"),
    [
        ("", ["1.", "2."]),
        ("start=9", ["9.", "10."]),
        ("type=a", ["a.", "b."]),
        ("type=A start=26", ["Z.", "AA."]),
        ("type=i start=4", ["iv.", "v."]),
        ("start=99999999999", ["1.", "2."]),
    ],
)
def test_items_are_marked_as_a_browser_marks_them(attributes: str, markers: list[str]) -> None:
    items = blocks(f"<ol {attributes}><li>a</li><li>b</li></ol>")

    assert items == [
        ListItem(text=text, marker=marker) for text, marker in zip("ab", markers, strict=True)
    ]


def test_a_list_in_an_item_is_deeper() -> None:
    items = blocks("<ul><li>a<ol><li>b</ol>c<li>d</ul>")

    assert items == [
        ListItem(text="a", marker="•"),
        ListItem(text="b", marker="1.", depth=1),
        ListItem(text="c"),
        ListItem(text="d", marker="•"),
    ]


def test_spans_are_filled_and_headers_found() -> None:
    markup = (
        "<table><tr><th rowspan=2>Year<th colspan=2>Sales<tr><th>In<th>Out"
        "<tr><td>2025<td>1<td><ul><li>2<li>3</ul></table>"
    )

    (table,) = blocks(markup)

    assert isinstance(table, Table)
    assert table.rows == [["Year", "Sales", ""], ["", "In", "Out"], ["2025", "1", "2\n3"]]
    assert table_lines(table) == ["Year: 2025; Sales In: 1; Sales Out: 2 3"]


def test_a_table_that_lays_out_a_page_is_prose() -> None:
    markup = "<table><tr><td><h1>Title</h1><td><table><tr><td>a<td>b<tr><td>c<td>d</table></table>"

    assert blocks(markup) == [
        Heading(text="Title", level=1),
        Table(rows=[["a", "b"], ["c", "d"]], header_rows=1),
    ]


def test_a_span_without_end_is_refused() -> None:
    markup = "<table>" + "<tr>" + "<td rowspan=512 colspan=512>a<td>b" * 3 + "</table>"

    with pytest.raises(UnreadableDocumentError) as refused:
        blocks(markup)

    assert refused.value.reason == "too_many_cells"


def test_pictures_follow_their_paragraph_and_only_embedded_ones_are_kept() -> None:
    data = base64.b64encode(b"\x89PNG").decode()
    document = read(
        f'<p>a <img alt="A duck" src="data:image/png;base64,{data}"> b</p>'
        '<img src="http://127.0.0.1/a.png" alt="Afar"><img src="spacer.gif">'.encode()
    )

    assert document.blocks == [
        Paragraph(text="a b"),
        Picture(index=0, alternative_text="A duck"),
        Picture(index=-1, alternative_text="Afar"),
    ]
    assert document.images[0].data == b"\x89PNG"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("<p>é".encode(), "é"),
        ('<meta charset="windows-1251"><p>Привет'.encode("cp1251"), "Привет"),
        (
            '<meta http-equiv=a content="text/html; charset=Shift_JIS"><p>東'.encode("shift_jis"),
            "東",
        ),
        ('<?xml version="1.0" encoding="iso-8859-1"?><html><p>\x80 \xe9'.encode("latin-1"), "€ é"),
        ('<meta charset="latin-2"><p>é'.encode("utf-8-sig"), "é"),
        ("\ufeff<p>東京".encode("utf-16-le"), "東京"),
        (b'<meta charset="no-such-thing"><p>\xe9', "é"),
    ],
)
def test_the_encoding_is_found(data: bytes, expected: str) -> None:
    assert read(data).blocks == [Paragraph(text=expected)]


def test_the_title_is_the_pages_own() -> None:
    assert read(b"<title> A\nguide </title><h1>Other</h1>").title == "A guide"
    assert read(b"<h1>Only</h1>").title == "Only"


@pytest.mark.parametrize(
    "before", ["<div>" * 900, f"<p title={'a' * 11_000_000}>", " " * 11_000_000]
)
def test_nothing_is_cut_off(before: str) -> None:
    assert blocks(f"<html><body>{before}text") == [Paragraph(text="text")]


def test_a_page_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        blocks("<html>" + "<div>" * 5_000)

    assert refused.value.reason == "too_deep"


def test_an_empty_page_has_no_blocks() -> None:
    assert read(b" \n").blocks == []


@given(st.text(st.sampled_from("<>/ab\"'=! &;ptdrlioh1\n"), max_size=80))
def test_any_markup_is_read(markup: str) -> None:
    document = read(f"<html>{markup}".encode())

    assert "\0" not in document.title


TABLE = "<table>{}<tr><td>Zone<td>Fee<tr><td>A<td>3 EUR<tr><td>B<td>5 EUR</table>"
ROWS = [["Zone", "Fee"], ["A", "3 EUR"], ["B", "5 EUR"]]


@pytest.mark.parametrize(
    "markup",
    [
        TABLE.format("<caption>Fees in 2025</caption>"),
        f"<figure>{TABLE.format('')}<figcaption>Fees in 2025</figcaption></figure>",
        f"<figure><figcaption>Fees in 2025</figcaption>{TABLE.format('')}</figure>",
    ],
)
def test_a_caption_belongs_to_its_table(markup: str) -> None:
    assert blocks(markup) == [Table(rows=ROWS, header_rows=1, caption="Fees in 2025")]


def test_the_caption_of_a_picture_stays_prose() -> None:
    markup = '<figure><img alt="A duck" src="a.png"><figcaption>Our duck</figcaption></figure>'

    assert Paragraph(text="Our duck") in blocks(markup)


@pytest.mark.parametrize(
    "head",
    [
        "<tr><td><b>ka</b><td><strong>lo</strong>",
        "<tr><td><p><b>ka</b></p><td><span style='font-weight:700'>lo</span>",
        "<tr style='font-weight: bold'><td>ka<td>lo",
        "<tr bgcolor='#cccccc'><td>ka<td>lo",
        "<tr style='background-color:#eee'><td>ka<td>lo",
        "<thead><tr><td>ka<td>lo</thead>",
        "<tr><td><h3>ka</h3><td><h3>lo</h3>",
        "<tr><th><h3>ka</h3><th><h4>lo</h4>",
        "<tr><th><h3>ka</h3><p>9 EUR</p><th><h4>lo</h4><ul><li>best</ul>",
    ],
)
def test_the_look_of_cells_makes_a_header(head: str) -> None:
    (table,) = blocks(f"<table>{head}<tr><td>ba<td>mo<tr><td>du<td>ri<tr><td>ba<td>lu</table>")

    assert isinstance(table, Table)
    assert table.header_rows == 1


def test_head_cells_beside_values_make_a_form() -> None:
    markup = "<table><tr><th>Kal<td>Mir<tr><th scope=row>Lun<td>Dor<tr><th>Tep<td>Vas</table>"

    assert blocks(markup) == [
        Table(rows=[["Kal", "Mir"], ["Lun", "Dor"], ["Tep", "Vas"]], header_columns=1)
    ]


def test_a_cell_over_several_rows_belongs_to_each() -> None:
    markup = (
        "<table><tr><th>Zone<th>Town<th>Fee<tr><td rowspan=2>A<td>Ely<td>3<tr><td>Rye<td>4</table>"
    )

    (table,) = blocks(markup)

    assert isinstance(table, Table)
    assert table_lines(table)[1] == "Zone: A; Town: Rye; Fee: 4"


@pytest.mark.parametrize("sign", ["¶", "&para;", "#", "§"])
def test_a_link_to_its_own_heading_is_no_text(sign: str) -> None:
    page = (
        f"<h1 id=a>Install<a class=headerlink href='#a'>{sign}</a></h1><p>See § <a href='#a'>1</a>."
    )

    assert blocks(page) == [
        Heading(text="Install", level=1),
        Paragraph(text="See § 1."),
    ]


def test_a_box_stands_before_the_label_that_names_it() -> None:
    page = (
        "<input type=radio id=a checked><input type=radio id=b>"
        "<div><label for=a>Linux</label><label for=b> <b>Windows</b></label></div>"
        "<p><input type=checkbox id=c><label for=c>Mail</label></p>"
    )

    assert blocks(page) == [Paragraph(text="◉ Linux\n○ Windows"), Paragraph(text="☐ Mail")]
