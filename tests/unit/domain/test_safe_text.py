"""Answers as harmless Markdown."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.safe_text import SafeText

OWN = "Read https://ok.example/page or [the guide](guide.md), or write to help@ok.example."
EVIL = "https://evil.example"
PIECES = st.sampled_from(
    [
        *["[", "]", "(", ")", "!", "<", ">", ":", "\n", " ", '"', "a", "1", "h", "w", "://"],
        *["http", "https://evil.example/a", "https://ok.example/page", "www.evil.example"],
        *["[more](", "](", "![", "<script", "javascript:", "[p]: ", "`"],
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


def safe(text: str) -> str:
    made = SafeText([OWN])
    return made.feed(text) + made.finish()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("<!-- a --> <?x ?>", "&lt;!-- a --> &lt;?x ?>"),
        ("2 < 3 and a <3", "2 < 3 and a <3"),
        (f"![chart]({EVIL}/p.png?q=secret)", "[chart]"),
        ("![chart](https://ok.example/page)", "[chart](https://ok.example/page)"),
        ("Sure![1]", "Sure! [1]"),
        (f"See [more]({EVIL}/a).", "See [more]."),
        (f'See [more](<{EVIL}/a> "title").', "See [more]."),
        ("[run](javascript:alert(1))", "[run]"),
        ("[1](data:text/html;base64,PGI+)", "[1]"),
        (f"[![a]({EVIL}/p)]({EVIL}/b)", "[[a]]"),
        (f"[a [b] c]({EVIL})", "[a [b] c]"),
        (f"[more][p]\n\n[p]: {EVIL}/d", "[more] [p]\n\n[p] : evil.example/d"),
        (f"<{EVIL}/b>", "&lt;evil.example/b>"),
        (f"at {EVIL}/c now", "at evil.example/c now"),
        ("at WWW.evil.example", "at evil.example"),
        ("[the guide](guide.md)", "[the guide](guide.md)"),
        ("at https://ok.example/page.", "at https://ok.example/page."),
        ("[write](mailto:help@ok.example)", "[write](mailto:help@ok.example)"),
        ("As [1](see below) says", "As [1] (see below) says"),
        ("By [1]: yes. [1][2]", "By [1]: yes. [1][2]"),
        (f"[a\nb]({EVIL}\n)", "[a\nb]"),
        ("[a](b", "[a] (b"),
    ],
)
def test_what_could_live_is_taken_apart(text: str, expected: str) -> None:
    assert safe(text) == expected


@given(text=TEXTS, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_it_is_the_same_however_the_text_is_cut(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    made = SafeText([OWN])

    streamed = "".join(made.feed(text[a:b]) for a, b in itertools.pairwise(places))

    assert streamed + made.finish() == safe(text)


@given(TEXTS)
def test_nothing_lives_that_no_passage_holds(text: str) -> None:
    shown = safe(text)

    assert not re.search(r"<[a-zA-Z/!?]", shown)
    assert not re.search(r"!\[[^\]]*\][(\[]", shown)
    assert "https://evil" not in shown.lower()
    assert "www.evil" not in shown.lower()
    assert not re.search(r"\]\((?!https://ok\.example/page\)|guide\.md\))", shown)
    assert not re.search(r"^\[[^\]]+\]:", shown, re.MULTILINE)
