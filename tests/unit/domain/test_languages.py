"""Identifying the language of questions and documents."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.languages import Language, detect, without_function_words

QUESTIONS = [
    ("en", "What is the tyre pressure?"),
    ("en", "How long is the warranty of the Kaffeemaschine?"),
    ("en", "My display shows E021"),
    ("de", "Was kostet der Fjord 4 Milk?"),
    ("de", "Wie hoch ist die Kaution?"),
    ("de", 'Was bedeutet "grace period"?'),
    ("fr", "Quelle est la durée de la garantie ?"),
    ("es", "¿Cuánto cuesta?"),
    ("it", "Quanto costa la macchina?"),
    ("pt", "Quanto custa a máquina?"),
    ("nl", "Wat kost de Fjord 4?"),
    ("pl", "Ile kosztuje ekspres?"),
    ("tr", "Garanti süresi ne kadar?"),
    ("vi", "Thời hạn bảo hành là bao lâu?"),
    ("ro", "Cât costă aparatul?"),
    ("sv", "När ska maskinen avkalkas?"),
    ("da", "Hvornår skal maskinen afkalkes?"),
    ("cs", "Kolik stojí kávovar?"),
    ("ru", "Сколько стоит кофемашина?"),
    ("el", "Πόσο κοστίζει η μηχανή;"),
    ("ar", "كم سعر الجهاز؟"),
    ("hi", "मशीन की कीमत क्या है?"),
    ("th", "เครื่องนี้ราคาเท่าไร"),
    ("ko", "이 기계는 얼마입니까?"),
    ("ja", "この機械はいくらですか？"),
    ("zh", "这台机器多少钱？"),
]


@pytest.mark.parametrize(("language", "question"), QUESTIONS)
def test_a_question_is_in_its_language(language: str, question: str) -> None:
    assert detect(question) == language


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "wie hoch fur den tarif"),
        ("es", "cuanto cuesta el plan"),
        ("fr", "ou etait la piece"),
        ("pt", "nao sei o que e"),
    ],
)
def test_accents_may_be_missing(language: str, question: str) -> None:
    assert detect(question) == language


@pytest.mark.parametrize(
    "text",
    ["", "  ", "E12", "DSP-4180", "4021?", "https://example.com/the-what-is", "Fjord 4", "\ud800"],
)
def test_names_and_codes_are_in_no_language(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("text", ["Скільки це коштує?", "این چقدر است؟", "שלום", "Ինչ է սա"])
def test_an_unknown_language_is_not_taken_for_its_neighbour(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ru", "Что делала компания Tesla Electric Light & Manufacturing?"),
        ("zh", "Sky Digital是什么时候推出的？"),
        ("zh", "2015年黑豹队的防守有多少次拦截记录？"),
        ("de", "Was heißt Спасибо auf Deutsch?"),
    ],
)
def test_names_in_another_script_do_not_decide(language: str, question: str) -> None:
    assert detect(question) == language


@pytest.mark.parametrize(("language", "question"), QUESTIONS)
def test_decomposed_accents_change_nothing(language: str, question: str) -> None:
    assert detect(unicodedata.normalize("NFD", question)) == language


@pytest.mark.parametrize("question", ["WAS KOSTET DER FJORD?", "was kostet der fjord?"])
def test_capitals_change_nothing(question: str) -> None:
    assert detect(question) is Language.GERMAN


def test_a_document_is_in_the_language_of_its_beginning() -> None:
    text = "Die Kaution wird nach dem Auszug zurückgezahlt, wenn die Wohnung in Ordnung ist. " * 99

    assert detect(text) is Language.GERMAN


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    assert detect(text) in {None, *Language}


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("发票什么时候付款？", ["发票", "付款？"]),
        ("公司地址在哪里？", ["公司地址", "？"]),
        ("営業時間は何時ですか", ["営業時間", "時"]),
        ("When is it open?", ["When", "is", "it", "open?"]),
    ],
)
def test_function_words_of_unspaced_languages_give_way_to_spaces(
    question: str, content: list[str]
) -> None:
    assert without_function_words(question).split() == content
