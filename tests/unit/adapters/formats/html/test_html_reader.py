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
        "<select><option>a</select>",
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

    assert blocks(markup) == [
        Table(rows=[["Year", "Sales", "Sales"], ["Year", "In", "Out"], ["2025", "1", "2\n3"]], header_rows=2)
    ]


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
