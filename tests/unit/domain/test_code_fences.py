"""Fenced code in answers, and what renderers make of an answer's text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.citations import citations
from ragtenancy.domain.code_fences import CodeFences, code_ranges
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.grounding import CheckedAnswer
from tests.passages import passage

ENGLISH = Lexicons(SnowballAnalyzer().terms).of("english")
REFUNDS = passage("Refunds are paid within 30 days. See https://ok.example/page for more.", 1)
OWN = {"https://ok.example/page"}
COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
BLOCK = "```python\nfor x in rows[1]:  # <b> [2]\n    print(f'![{x}](https://a.example)')\n```\n"
TABLE = "| Key | Value |\n|:---|---:|\n| a \\| b | **2 < 3** |\n| `x[1]` | [ ] |\n"
LINKS = "Read [the page](https://ok.example/page) or https://ok.example/page.\n"
WHOLE = f"Refunds are paid within 30 days [1].\n\n{BLOCK}\n{TABLE}\n{LINKS}\n1. Run it:\n   ~~~\n   a[9] <x>\n   ~~~\n"
MARKUP = st.sampled_from(
    [
        *[
            "```",
            "````",
            "~~~",
            "`",
            "``",
            "   ",
            "    ",
            "\t",
            "\n",
            "\n\n",
            " ",
            "> ",
            "- ",
            "1. ",
        ],
        *["10. ", "[1]", "[9]", "[x]", "[", "]", "(", ")", "!", "<", ":", "//", "$$", "---", "\r"],
        *["py", "mermaid", "a", "www.", "![x](https://evil.example/p)", "[x]: //evil.example/d\n"],
        *["<img src=//evil.example>", "https://evil.example", "Refunds are paid within 30 days"],
        *["\u200b", "\u200d", "\u2028", "img src=x", "script", "|", "\\", "==="],
    ]
)
TEXTS = st.lists(MARKUP, max_size=24).map("".join)
LINE = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=30)


def answered(text: str, *cuts: int) -> str:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    answer = CheckedAnswer([REFUNDS], "How?", ENGLISH)
    said = [answer.feed(text[a:b]) for a, b in itertools.pairwise(places)]
    return "".join(said) + answer.finish()


def tokens(text: str) -> list[Token]:
    parsed = COMMONMARK.parse(text)
    return [*parsed, *(child for token in parsed for child in token.children or ())]


@pytest.mark.parametrize("text", [WHOLE, BLOCK, TABLE, LINKS])
def test_code_tables_and_known_links_stay_as_they_are(text: str) -> None:
    assert answered(text) == text


@pytest.mark.parametrize("cut", range(1, len(WHOLE)))
def test_they_stay_wherever_the_stream_is_cut(cut: int) -> None:
    assert answered(WHOLE, cut) == WHOLE


@given(st.lists(LINE.filter(lambda line: not line.lstrip().startswith("```")), max_size=6))
@example(["[1]", "<script>", "![a](https://evil.example)", "~~~", "> x", "[a]: b"])
def test_whatever_stands_in_a_fence_stays(lines: list[str]) -> None:
    block = "\n".join(["```text", *lines, "```", ""])

    assert answered(block, *range(len(block))) == block


@given(st.lists(st.lists(st.text("ab12 *_.,%€", max_size=8), min_size=2, max_size=2), max_size=5))
def test_tables_stay(rows: list[list[str]]) -> None:
    table = "\n".join(f"| {' | '.join(row)} |" for row in [["a", "b"], ["---", ":-:"], *rows])

    assert answered(table, *range(len(table))) == table


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
@example("x <[9]img src=x>")
@example("[x][9]: //evil.example/a\n\n[x]")
@example("1. [1]: //evil.example/a\n\n[x][1] Refunds are paid within 30 days [1].")
@example("[9]```\n![x](//evil.example)\n```")
@example("- a\n  ```\n![x](//evil.example)\n  ```\n")
@example("- ```\n  a\n  ```\n<img src=//evil.example>")
@example("100. a\n\n    ```\n\n![x](//evil.example)\n")
@example("a\n10. b\n    ```\n\n    ![x](//evil.example)\n    ```")
@example("a\r```\r![x](//evil.example)\n```\n<b>")
@example("\\```\n![x](//evil.example)\n```")
def test_nothing_of_an_answer_is_live_where_it_is_rendered(text: str) -> None:
    made = tokens(answered(text))

    assert not [token for token in made if token.type in {"image", "html_inline", "html_block"}]
    assert {token.attrs["href"] for token in made if token.type == "link_open"} <= OWN


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, cuts=st.lists(st.integers(0, 300), max_size=6))
def test_an_answer_does_not_depend_on_the_streams_pieces(text: str, cuts: list[int]) -> None:
    assert answered(text, *cuts) == answered(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```py title=x\na\n`````\n", "```py\na\n```\n"),
        ("```\na", "```\na\n```"),
        ("> ```\n> a\n", "> \\```\n> a\n"),
        ("$$\n```\n$$\n<b>\n", "$$\n\\```\n$$\n&lt;b>\n"),
        ("---\n```\n---\n<b>\n", "---\n\\```\n---\n&lt;b>\n"),
        ("- a\n  ```\nb\n", "- a\n  ```\n  ```\nb\n"),
        ("Use ```x``` here.", "Use ```x``` here."),
        ("```mermaid\nA[<img src=x>]\n```\n", "```mermaid\nA[&lt;img src=x>]\n```\n"),
    ],
)
def test_a_fence_that_renderers_read_differently_is_made_plain(text: str, shown: str) -> None:
    assert answered(text) == shown


def test_brackets_in_code_are_no_citations() -> None:
    text = "Refunds are paid within 30 days [1].\n```\na[1]\n```\nUse `b[1]`."
    answer = CheckedAnswer([REFUNDS], "How?", ENGLISH)

    said = answer.feed(text) + answer.finish()

    assert said == text
    assert [each.marker for each in citations(said, [REFUNDS])] == [(32, 35)]


def test_code_that_no_passage_bears_out_is_named_once() -> None:
    text = "Refunds are paid within 30 days [1].\n```\nrm --force\nreboot\nshutdown now\n```\n"
    answer = CheckedAnswer([REFUNDS], "How?", ENGLISH)

    said = answer.feed(text) + answer.finish()

    assert [said[slice(*each.range)] for each in answer.unsupported()] == [
        "rm --force\nreboot\nshutdown now"
    ]


def test_ranges_of_code_are_those_of_fences_and_spans() -> None:
    text = "a `b` c\n```\nd\n```\n"

    assert [text[slice(*each)] for each in code_ranges(text)] == ["`b`", "```\n", "d\n", "```\n"]


@given(TEXTS)
def test_the_pieces_of_a_whole_text_are_the_same_as_of_its_characters(text: str) -> None:
    whole, single = CodeFences(), CodeFences()

    joined = "".join(piece.text for piece in [*whole.feed(text), *whole.finish()])

    pieces = [piece for character in text for piece in single.feed(character)]
    assert "".join(piece.text for piece in [*pieces, *single.finish()]) == joined
