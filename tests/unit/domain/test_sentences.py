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


@pytest.mark.parametrize(
    "sentence",
    [
        "Der Vertrag beginnt am 1. März 2024 und endet am 31. Dezember 2026.",
        "Der Umsatz stieg um rd. 3,5 Mio. Euro.",
        "Nach § 5 Abs. 2 Nr. 3 gilt eine Frist von zwei Monaten.",
        "Die Gebühr beträgt ca. 40 EUR zzgl. MwSt. pro Monat.",
        "Die Miete ist bis zum 3. Werktag zu zahlen, z. B. am 2. Mai.",
        "Das Büro der Fa. Müller ist in der Bahnhofstr. 12 im 2. OG.",
        "Ludwig XIV. starb in Versailles.",
        "The fee is approx. 40 EUR; see sect. 4.2, pp. 6-7.",
        "The order no. A-7781 of Acme Inc. Germany was cancelled.",
        "Ph.D. holders get 5 extra days.",
        'He said "Stop!" and left.',
        "M. Dupont habite av. de la Gare, no. 5.",
        "El Sr. Pérez vive en la Av. Colón núm. 5.",
    ],
)
def test_an_abbreviation_or_an_ordinal_ends_no_sentence(sentence: str) -> None:
    assert sentences(f"{sentence} Then more.") == [f"{sentence} ", "Then more."]


@pytest.mark.parametrize(
    "text",
    [
        "He came at 5 p.m. The shop was closed.",
        "It is sold by Acme Inc. They are in Berlin.",
        "Alle Preise inkl. MwSt. Die Lieferung ist frei.",
        "We sold 12. Then came winter.",
        "Er kam um 8 h. Dann ging er.",
        "Choose option A. The rest is done for you.",
        "Open the Layout tab. To change it, press F2.",
        "We teach art. Windows are open.",
        "Never mind. Call us.",
    ],
)
def test_an_abbreviation_may_be_the_last_word(text: str) -> None:
    assert len(sentences(text)) == 2
