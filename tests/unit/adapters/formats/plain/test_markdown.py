from __future__ import annotations

import pytest

from ragtenancy.adapters.formats.plain.markdown import read_markdown
from ragtenancy.adapters.formats.plain.markdown_reader import MarkdownReader
from ragtenancy.domain.parsed import Block, Code, Heading, ListItem, Paragraph, Picture, Table


def blocks(text: str) -> list[Block]:
    return list(read_markdown(text.encode()).blocks)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# One\n\n### Two *deep*", [Heading(text="One", level=1), Heading(text="Two deep", level=3)]),
        ("Under\n=====", [Heading(text="Under", level=1)]),
        ("one\ntwo  \nthree", [Paragraph(text="one two\nthree")]),
        ("**bold** `code` [link](http://x.example) <b>tag</b><br>a\\*b &amp; c", [
            Paragraph(text="bold code link (http://x.example) tag\na*b & c")]),
        ("7. seven\n8. eight", [
            ListItem(text="seven", marker="7."), ListItem(text="eight", marker="8.")]),
        ("1) a\n   - b\n\n     more\n2) c", [
            ListItem(text="a", marker="1)"),
            ListItem(text="b", marker="•", depth=1),
            ListItem(text="more", depth=1),
            ListItem(text="c", marker="2)"),
        ]),
        ("| A | B |\n|---|---|\n| 1 | **2** |", [
            Table(rows=[["A", "B"], ["1", "2"]], header_rows=1)]),
        ("```python x\nif a:\n    b\n```", [Code(text="if a:\n    b", language="python")]),
        ("    indented", [Code(text="indented")]),
        ("> quoted", [Paragraph(text="quoted")]),
        ("<div>hi <b>there</b></div>", [Paragraph(text="hi there")]),
        ("see ![a plan](p.png)", [
            Paragraph(text="see"), Picture(index=-1, alternative_text="a plan")]),
    ],
)  # fmt: skip
def test_markup_becomes_blocks(text: str, expected: list[Block]) -> None:
    found = blocks(text)

    assert found == expected


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('---\ntitle: "The guide"\nlang: en\n---\n\ntext', "The guide"),
        ("---\r\ntitle: Windows\r\n---\r\ntext", "Windows"),
        ("# First\n\ntext", "First"),
        ("text\n\n# Later", ""),
    ],
)
def test_the_title_is_that_of_the_front_matter_or_the_first_heading(text: str, title: str) -> None:
    document = read_markdown(text.encode())

    assert document.title == title


def test_front_matter_is_no_text() -> None:
    found = blocks("---\nsecret: 1\n---\ntext")

    assert found == [Paragraph(text="text")]


def test_invisible_characters_are_stripped() -> None:
    found = blocks("pay\u200b now\U000e0041")

    assert found == [Paragraph(text="pay now")]


@pytest.mark.parametrize("piece", ["[", "*a ", "![[", "<", "> ", "- "])
def test_markup_that_invites_backtracking_is_read_in_one_go(piece: str) -> None:
    document = read_markdown((piece * 50_000 + "x").encode())

    assert len(document.blocks) <= 50_001


@pytest.mark.parametrize(("name", "expected"), [("a.md", "text/markdown"), ("a.txt", None)])
def test_the_filename_tells_markdown_from_text(name: str, expected: str | None) -> None:
    media_type = MarkdownReader().recognises(b"# Title", name)

    assert media_type == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p align=center>Salt &amp; oil cost &euro;3 &nbsp;a day.</p>", "Salt & oil cost €3 a day."),
        ("请在收到设备之后三十日内书面通知供应商并说明原\n因。", "请在收到设备之后三十日内书面通知供应商并说明原因。"),
        ("m<sup>2</sup> and ~~old~~", "m² and ~~old~~"),
        ("See [it](https://a.example/x).", "See it (https://a.example/x)."),
        ("[^1]: Note.", "[^1]: Note."),
        ("<details><summary>More</summary></details>", "More"),
    ],
)  # fmt: skip
def test_what_a_reader_of_the_rendered_text_sees(text: str, expected: str) -> None:
    assert blocks(text) == [Paragraph(text=expected)]


def test_tasks_are_boxes() -> None:
    assert blocks("- [x] signed\n- [ ] paid\n- [link]") == [
        ListItem(text="☑ signed", marker="•"),
        ListItem(text="☐ paid", marker="•"),
        ListItem(text="[link]", marker="•"),
    ]


def test_links_by_reference_give_their_address() -> None:
    text = "See [the form][f] or [our office].\n\n[f]: https://a.example/f\n[our office]: mailto:b@a.example\n"

    said = read_markdown(text.encode()).blocks[0]

    assert said == Paragraph(text="See the form (https://a.example/f) or our office (b@a.example).")


EVERYTHING = """---
title: mark01
tags: mark02
---
# mark03

mark04[^1] [mark05](https://mark06.example "mark07") `mark08` <kbd>mark09</kbd> ![mark10](a.png)

- [ ] mark11

> mark12

| mark13 | mark14 |
|---|---|
| mark15 | mark16 |

    mark17

```
mark18
```

<div hidden>mark19</div>

[^1]: mark20
<https://mark21.example>
"""


def test_each_mark_is_in_the_text_or_in_the_warnings() -> None:
    document = read_markdown(EVERYTHING.encode())

    text = f"{document.title} {document.blocks}"
    assert [n for n in range(1, 22) if f"mark{n:02}" not in text] == [2, 7, 19]
    assert document.warnings == [
        "1 line of front matter was left out.",
        "1 hidden passage was left out.",
        "1 picture was not read.",
    ]
