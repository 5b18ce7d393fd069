"""Cutting text into sentences."""

from __future__ import annotations

import time
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.sentences import bounded, each_sentence, sentences


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
        "Ask HR. Treatment is free.",
        "See example.com/ir. Figures are there.",
        "It ran for 24 hr. Cells died.",
        "It was shown by Rao et al. A second trial failed.",
        "It binds IL-1b. Cells die.",
        "Der Antrag geht an HR. Frau Kern entscheidet.",
    ],
)
def test_an_abbreviation_may_be_the_last_word(text: str) -> None:
    assert len(sentences(text)) == 2


@pytest.mark.parametrize(
    "marked",
    [
        "Das Haus lag im 5. Stock und in der 3. Etage.| Es brannte.",
        "Vergleiche Abschn. IV und Buchst. B der Satzung.| Dann zahle.",
        "Der Lohn wird gem. § 3 gezahlt, der Bonus gem. Anlage 2.| Das gilt.",
        "Die max. Dauer und die min. Höhe stehen lt. Plan fest.| Das gilt.",
        "Um 512 v. Chr. begann der Krieg.| Er war kurz.",
        "La plaque mesure 5 mm.| Elle est plate.",
        "MM. Durand et Petit sont absents.| Revenez.",
        "Voir l'art. L. 123-4 du code.| Il s'applique.",
        "« Oui. »| Elle partit.",
        "Il sig. Conti abita in p.zza Verdi.| Chiamatelo.",
        "Stuur het t.a.v. Jansen naar ons.| Daarna niet.",
        "W 2019 r. Nowak kupił dom.| Potem go sprzedał.",
        "См. табл. 3 и рис. 4.| Они важны.",
        "“Stop?” asked Ms. Roe.| He did.",
        "Art. 7. The seller delivers.| Art. 8. The buyer pays.",
        "The J.P. Morgan fund in Newark, N.J. Brunswick fell.| It rose.",
        "Meet in Hall C.| Bring a pen.",
        "It burns at 60 °C.| Take care.",
        "He lives in St. Ives, Mt. Road 5.| She does not.",
        "สัญญาทำเมื่อ พ.ศ. 2567 แล้ว|",
        "डॉ. शर्मा आए।| वे गए।",
        "「はい。」と答えた。|次へ。",
    ],
)
def test_a_sentence_goes_on_in_its_language(marked: str) -> None:
    assert sentences(marked.replace("|", ""))[0].rstrip() == marked.split("|", maxsplit=1)[0]


def test_the_surrounding_text_tells_the_language_of_a_short_line() -> None:
    german = "Die Miete ist am Ersten zu zahlen und wird vom Vermieter eingezogen. "

    assert sentences("Siehe Abt. Recht", german) == ["Siehe Abt. Recht"]
    assert len(sentences("All set. Go on", "The rent is paid to the owner of the house.")) == 2


def test_thai_is_cut_at_spaces_between_phrases() -> None:
    phrase = "\u0e1c\u0e39\u0e49\u0e40\u0e0a\u0e48\u0e32\u0e15\u0e49\u0e2d\u0e07\u0e0a\u0e33\u0e23\u0e30\u0e04\u0e48\u0e32\u0e40\u0e0a\u0e48\u0e32\u0e17\u0e38\u0e01\u0e40\u0e14\u0e37\u0e2d\u0e19"
    text = " ".join([phrase] * 20)

    pieces = sentences(text)

    assert "".join(pieces) == text
    assert max(map(len, pieces)) < 120


@given(st.text(), st.integers(1, 50))
def test_a_bounded_sentence_is_whole_and_short(text: str, most: int) -> None:
    pieces = bounded(text, most)

    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= most


def test_a_long_sentence_is_cut_after_a_clause() -> None:
    assert bounded("If it rains, we stay at home", 20) == ["If it rains, ", "we stay at home"]


def test_a_sentence_without_end_is_bounded_in_linear_time() -> None:
    text = "word " * 4_000_000

    begun = time.process_time()
    pieces = bounded(text, 1_000)

    assert "".join(pieces) == text
    assert time.process_time() - begun < 4  # copying the rest for each piece takes longer


def test_a_long_text_has_the_same_sentences_as_its_parts() -> None:
    text = "It begins on 3. Dezember, see Dr. Smith. The fee is 3.50 EUR! No. 5 applies. " * 9_000

    assert list(each_sentence(text)) == sentences(text)


@pytest.mark.parametrize("text", ["a" * 500_000, "Abs. " * 50_000, "กข " * 100_000, ""])
def test_a_long_text_loses_nothing(text: str) -> None:
    pieces = list(each_sentence(text))

    assert "".join(pieces) == text
    assert max(map(len, pieces), default=0) <= 200_000


HARD = Path(__file__).parents[3] / "benchmarks" / "sentences"


def ends(pieces: list[str]) -> set[int]:
    sizes = [len("".join(piece.split())) for piece in pieces]
    return set(list(accumulate(sizes))[:-1])


@pytest.mark.parametrize("path", sorted(HARD.glob("*.txt")), ids=lambda path: path.stem)
def test_hard_sentences_end_where_they_should(path: Path) -> None:
    paragraphs = [part.strip().split("\n") for part in path.read_text("utf-8").split("\n\n")]
    space = "" if path.stem in {"zh", "ja"} else " "
    wanted = [ends(paragraph) for paragraph in paragraphs]
    found = [ends(sentences(space.join(paragraph))) for paragraph in paragraphs]

    right = sum(len(one & other) for one, other in zip(wanted, found, strict=True))

    assert (
        2 * right / sum(len(one) + len(other) for one, other in zip(wanted, found, strict=True))
        >= 0.97
    )
