"""What a person sees of a page and can open, and what is only counted."""

from __future__ import annotations

import re

import pytest

from ragtenancy.adapters.formats.html.page import read_document
from ragtenancy.domain.parsed import Block, Heading, Note, Paragraph, ParsedDocument, Table


def read(markup: str) -> ParsedDocument:
    return read_document(f"<!DOCTYPE html><meta charset=utf-8><body>{markup}".encode())


def lines(markup: str) -> list[str]:
    return [text for block in read(markup).blocks for text in _texts(block)]


def _texts(block: Block) -> list[str]:
    if isinstance(block, Table):
        return [" | ".join(row) for row in block.rows]
    return [
        f"{'#' * block.level if isinstance(block, Heading) else ''}{getattr(block, 'text', '')}"
    ]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("10<sup>6</sup> m<sup>2</sup>", "10⁶ m²"),
        ("10<sup>2,5</sup>", "10^(2,5)"),
        ("2<sup>n</sup>", "2^n"),
        ("the 1<sup>st</sup> of H<sub>2</sub>O", "the 1st of H₂O"),
        ('in 2024<sup><a href="#n3">3</a></sup>', "in 2024[3]"),
        ('in 2024<a href="#n3"><sup>3</sup></a>', "in 2024[3]"),
        ('<span style="vertical-align: super">2</span>', "2"),
        ('m<span style="vertical-align: super">2</span>', "m²"),
        ("<style>.c1{vertical-align:super}</style>m<span class=c1>3</span>", "m³"),
    ],
)
def test_raised_and_lowered_digits_stay_apart(markup: str, expected: str) -> None:
    assert lines(f"<p>{markup}") == [expected]


@pytest.mark.parametrize(
    "markup",
    [
        "<s>90 EUR</s>",
        "<del>90 EUR</del>",
        "<strike><b>90</b> EUR</strike>",
        '<span style="text-decoration: line-through red">90 EUR</span>',
        "<style>@media x{.y{a:b}} .c7{text-decoration:line-through}</style><s class=c7>90 EUR</s>",
        "<style>.c7{text-decoration:line-through}</style><span class=c7>90 EUR</span>",
    ],
)
def test_struck_text_is_marked(markup: str) -> None:
    assert lines(f"<p>{markup} <b>80 EUR</b>") == ["~~90 EUR~~ 80 EUR"]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<ruby>開<rt>かい</rt>始<rt>し</rt></ruby>する", "開始（かいし）する"),
        ("<ruby>開<rp>(</rp><rt>かい</rt><rp>)</rp></ruby><ruby>始<rt>し</rt></ruby>", "開始（かいし）"),
        ("<ruby>北<rt>běi</rt>京<rt>jīng</rt></ruby>", "北京（běi jīng）"),
        ("<ruby>東<rt>とう</rt></ruby>は<ruby>右<rt>みぎ</rt></ruby>", "東（とう）は右（みぎ）"),
        ("<ruby>NATO<rt>alliance</rt></ruby>", "NATO(alliance)"),
    ],
)  # fmt: skip
def test_readings_stand_after_the_whole_word(markup: str, expected: str) -> None:
    assert lines(f"<p>{markup}") == [expected]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>合同总\n    额的百分之五</p>", "合同总额的百分之五"),
        ("<p>請求\r\n書を<b>受領</b></p>", "請求書を受領"),
        ("<p>계약\n기간</p>", "계약 기간"),
        ("<p>long\nwords</p>", "long words"),
    ],
)
def test_lines_of_the_source_are_joined_as_the_script_is_written(
    markup: str, expected: str
) -> None:
    assert lines(markup) == [expected]


def test_addresses_of_links_are_written_once() -> None:
    found = lines(
        '<p>See <a href="https://a.example/f.pdf">the form</a>, <a href="mailto:b@a.example?subject=x">'
        'ask us</a>, <a href="tel:+491">ring</a>.<p><a href="https://a.example/f.pdf">Form</a>, '
        '<a href="/home">home</a>, <a href="#top">top</a>, <a href="https://c.example">c.example</a>'
    )

    assert found == [
        "See the form (https://a.example/f.pdf), ask us (b@a.example), ring (+491).",
        "Form, home, top, c.example (https://c.example)",
    ]


def test_the_address_in_a_heading_stands_below_it() -> None:
    assert lines('<h2><a href="https://a.example">Manual</a></h2>') == [
        "##Manual",
        "(https://a.example)",
    ]


@pytest.mark.parametrize(
    "markup",
    [
        "<h2><button>How do I pay?</button></h2><div hidden id=a>By card.</div>",
        "<h2><button aria-controls=a>How do I pay?</button></h2><div hidden id=a>By card.</div>",
        "<button class=accordion>How do I pay?</button><div class=panel style='display:none'>By card.</div>",
        "<button aria-expanded=false>How do I pay?</button><div hidden=until-found>By card.</div>",
        "<h2><a data-bs-target='#a'>How do I pay?</a></h2><div id=a style='DISPLAY: none'>By card.</div>",
        "<h2>How do I pay?</h2><div class='accordion-collapse' style='display:none'>By card.</div>",
        "<div><button>How do I pay?</button></div><div>By card.</div>",
    ],
)  # fmt: skip
def test_a_panel_that_opens_is_read_below_its_button(markup: str) -> None:
    assert lines(markup) == ["##How do I pay?", "By card."]


def test_a_button_over_a_closed_answer_is_its_heading() -> None:
    found = lines("<h3>FAQ</h3><div><button>Payment</button></div><div hidden>By card.</div>")

    assert found == ["###FAQ", "####Payment", "By card."]


def test_details_and_tabs_are_read() -> None:
    found = lines(
        "<details><summary>More</summary><p>Inside</p></details>"
        "<a href='#t2' role=tab>Two</a><div id=t2 style='display:none'>Second tab</div>"
        "<div role=tabpanel hidden>Third tab</div>"
    )

    assert found == ["More", "Inside", "Two", "Second tab", "Third tab"]


def test_values_of_a_form_are_read() -> None:
    document = read(
        "<form action='mailto:desk@a.example'><label>Number</label> <input value='K-7'>"
        "<label>Plan</label> <select><option>Basic<option selected>Gold</select>"
        "<label><input type=checkbox checked> Signed</label><label><input type=checkbox> Paid</label>"
        "<textarea>Back door</textarea><input type=hidden value=x><input type=password value=y>"
        "<button>Send</button></form>"
    )

    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == [
        "Number K-7\nPlan Gold\n☑ Signed\n☐ Paid Back door",
        "(desk@a.example)",
    ]
    assert document.warnings == [
        "2 hidden fields were left out.",
        "1 option that is not chosen was left out.",
        "1 button was not read.",
    ]


def test_a_term_stands_before_its_definition() -> None:
    assert lines("<dl><dt>Weight<dd>12 kg<dt><b>Voltage:</b><dd>230 V</dl>") == [
        "Weight: 12 kg",
        "Voltage: 230 V",
    ]


@pytest.mark.parametrize(
    ("markup", "warning"),
    [
        ("<div style='display:none'>a</div>", "1 hidden passage was left out."),
        ("<p style='font-size:1px'>a</p>", "1 hidden passage was left out."),
        ("<p style='color:#FFFFFF'>a</p><p style='color:white'>b</p>", "2 hidden passages were left out."),
        ("<iframe title=Map src='https://m.example'></iframe>", "1 embedded page (Map) was not fetched."),
        ("<img src='https://m.example/a.png'>", "1 picture was not read."),
        ("<svg><text>a</text></svg>", "1 drawing was not read."),
        ("<nav><a href=/>a</a></nav>", "1 navigation menu was left out."),
        (f"<a href='https://m.example/{'x' * 600}'></a>", "1 very long link target was left out."),
    ],
)  # fmt: skip
def test_what_is_not_read_is_counted(markup: str, warning: str) -> None:
    document = read(f"<p>text</p>{markup}")

    assert (document.blocks, document.warnings) == ([Paragraph(text="text")], [warning])


@pytest.mark.parametrize(
    "markup",
    [
        "<td bgcolor=navy><p style='color:white'>a</p>",
        "<div style='background:#036'><p style='color:#fff'>a</p></div>",
        "<div style='font-size:0'><p style='font-size:14px'>a</p></div>",
    ],
)
def test_white_on_a_colour_is_seen(markup: str) -> None:
    assert lines(f"<table><tr>{markup}</table>" if "<td" in markup else markup) == ["a"]


EVERYTHING = """
<title>mark01</title><h1>mark02</h1><p>mark03 <a href="https://mark04.example">mark05</a></p>
<nav>mark06</nav><div hidden>mark07</div><details><summary>mark08</summary>mark09</details>
<ul><li>mark10</ul><dl><dt>mark11<dd>mark12</dl><pre>mark13</pre><blockquote>mark14</blockquote>
<table><tr><th>mark16<th>mark17<tr><td>mark18<td><s>mark19</s></table>
<form action="mailto:mark20@a.example"><input value="mark21"><textarea>mark22</textarea>
<select><option>mark23<option selected>mark24</select><button>mark25</button>
<input type=submit value="mark26"><input type=hidden value="mark27"></form>
<img alt="mark28" src="a.png"><figure><figcaption>mark29</figcaption></figure>
<iframe src="https://mark30.example"></iframe><video>mark31</video><object>mark32</object>
<noscript>mark33</noscript><template>mark34</template><svg><text>mark35</text></svg>
<ruby>mark36<rt>mark37</rt></ruby> x<sup>mark38</sup><address>mark39</address>
<map><area href="https://mark40.example" alt="mark41"></map><footer>mark42</footer>
"""
COUNTED = {
    "06": "navigation menu",
    "07": "hidden passage",
    "23": "option that is not chosen",
    "25": "buttons",
    "26": "buttons",
    "27": "hidden field",
    "30": "mark30",
    "31": "recording",
    "32": "embedded object",
    "33": "without scripts",
    "34": "template",
    "35": "drawing",
}


def test_each_mark_of_a_page_is_in_the_text_or_in_the_warnings() -> None:
    document = read(EVERYTHING)

    told = "\n".join(document.warnings)
    text = f"{document.title} {document.blocks}"
    marks = re.findall(r"mark(\d\d)", EVERYTHING)
    lost = [m for m in marks if f"mark{m}" not in text and COUNTED.get(m, "never") not in told]
    assert lost == []


@pytest.mark.parametrize(
    "piece",
    [
        '<a href="https://a.example/{n}">x</a> ',
        "<sup>1</sup>",
        "<ruby>字<rt>じ</rt></ruby>",
        "<s>x",
        "<dt>a<dd>b",
        "<input value=x>",
        "<button>x</button>",
        "<p hidden>x</p>",
    ],
)
def test_very_many_elements_are_read_in_one_go(piece: str) -> None:
    markup = "".join(piece.replace("{n}", str(n)) for n in range(900))

    assert read(markup).blocks or read(markup).warnings


def test_notes_are_not_made_of_pages() -> None:
    assert not any(isinstance(block, Note) for block in read(EVERYTHING).blocks)
