"""Cutting text into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.sentences import sentences


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four… Five.", 5),
        ("Dr. Smith met Mr. Jones. They spoke.", 2),
        ("It costs 3.50 euros. Not more.", 2),
        ("See e.g. the guide. Then stop.", 2),
        ("J. R. Tolkien wrote. He did.", 2),
        ("It ended in 1998. Then came peace.", 2),
        ("1. Open Reports.\n2. Press New.", 2),
        ("これは文です。次の文です！本当？", 3),
        ("यह वाक्य है। यह दूसरा है।", 2),
        ("هل تعمل؟ نعم.", 2),
        ("ሰላም ነው። ደህና ነኝ።", 2),
        ("ខ្ញុំទៅផ្ទះ។ ខ្ញុំដេក។", 2),
        ("བཀྲ་ཤིས། བདེ་ལེགས།", 2),
        ("Բարև։ Ցտեսություն։", 2),
        ("他说：“好。”然后走了。", 2),
        ('He said "Stop." Then he left.', 2),
        ("It ended in 1998.[2][13] Then came peace.", 2),
        ("no capitals. here we go", 1),
        ("a line\nanother line", 2),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count
