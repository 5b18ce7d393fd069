"""Questions and the phrases in them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.identifiers import holds, identifiers_in
from ragtenancy.domain.query import Query, holds_phrase, lexical_text, quoted_phrases

CODES = st.from_regex(r"\A[A-Z]{2,6}-[0-9]{2,5}\Z")


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_a_question_without_text_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        Query(text=text, top_k=5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('the "Refund Window" of 10 days', ("Refund Window",)),
        ("die „Frist“ und «délai»", ("Frist", "délai")),
        ("plain words alone", ()),
        ('an empty ""', ()),
    ],
)
def test_finds_quoted_phrases(text: str, found: tuple[str, ...]) -> None:
    assert quoted_phrases(text) == found


@pytest.mark.parametrize(
    ("question", "language", "words"),
    [
        (
            "Wie viele Punkte gaben die Panthers ab?",
            "english",
            ["Punkte", "gaben", "Panthers", "ab"],
        ),
        ("¿Cuál es el periodo de prueba?", "english", ["periodo", "prueba"]),
        (
            "Was bedeutet die Meldung „out of the box“ auf dem Gerät E021?",
            "english",
            ["Meldung", "out of the box", "Gerät", "E021"],
        ),
    ],
)
def test_a_question_in_another_language_is_searched_without_its_function_words(
    question: str, language: str, words: list[str]
) -> None:
    left = lexical_text(question, language)

    assert re.sub(r"[^\w ]", "", left).split() == " ".join(words).split()


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How many points did the Panthers give up?", "english"),
        ("How many points did the Panthers give up?", "porter"),
        ("Wie viele Punkte gaben die Panthers ab?", "german"),
        ("Hoeveel punten hebben de Panthers?", "dutch_porter"),
        ("Wo ist das?", "english"),
        ("E021", "english"),
        ("Panthers", "german"),
    ],
)
def test_any_other_question_is_searched_as_it_stands(question: str, language: str) -> None:
    assert lexical_text(question, language) == question


@pytest.mark.parametrize(
    ("text", "phrase", "held"),
    [
        ("The refund window is short.", "Refund Window", True),
        ("The refund windows are short.", "Refund Window", False),
        ("The STRASSE", "straße", True),
        ("nothing", "Refund Window", False),
    ],
)
def test_a_phrase_is_held_as_a_whole_whatever_its_case(
    text: str, phrase: str, *, held: bool
) -> None:
    assert holds_phrase(text, phrase) is held


@given(code=CODES, before=st.text("ab .;", max_size=9), after=st.text("ab .;", max_size=9))
def test_a_question_finds_the_text_that_holds_its_code(code: str, before: str, after: str) -> None:
    (wanted,) = identifiers_in(f"what is {code} ?")

    assert holds(f"{before} {code} {after}", wanted)
