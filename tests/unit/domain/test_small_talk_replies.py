"""Replies to small talk, and refusals, in the language of the message."""

from __future__ import annotations

import pytest

from ragtenancy.domain.languages import Language, detect
from ragtenancy.domain.refusals import built_in_refusal
from ragtenancy.domain.small_talk import SmallTalk, SmallTalkKind
from ragtenancy.domain.small_talk_replies import reply

COURTESIES = [SmallTalkKind.GREETING, SmallTalkKind.THANKS, SmallTalkKind.GOODBYE]


def said(kind: SmallTalkKind, language: Language | None = Language.ENGLISH) -> SmallTalk:
    return SmallTalk(kind=kind, language=language)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", COURTESIES)
def test_courtesies_are_answered_in_every_language(kind: SmallTalkKind, language: Language) -> None:
    answers = {reply(said(kind, each)) for each in Language}

    assert len(answers) == len(Language)
    assert reply(said(kind, language)) in answers


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "nl"])
@pytest.mark.parametrize("kind", [SmallTalkKind.IDENTITY, SmallTalkKind.ABILITY])
def test_questions_about_the_assistant_are_answered_in_their_language(
    kind: SmallTalkKind, language: str
) -> None:
    assert detect(reply(said(kind, Language(language)))) == language


@pytest.mark.parametrize("kind", SmallTalkKind)
@pytest.mark.parametrize("language", Language)
def test_an_answer_is_short(kind: SmallTalkKind, language: Language) -> None:
    answer = reply(said(kind, language))

    assert answer
    assert len(answer) < 200


def test_a_greeting_is_the_tenants_own_where_set() -> None:
    assert reply(said(SmallTalkKind.GREETING), greeting="Ahoy!") == "Ahoy!"
    assert reply(said(SmallTalkKind.THANKS), greeting="Ahoy!") != "Ahoy!"


def test_a_picture_is_answered_in_the_default_language() -> None:
    answer = reply(said(SmallTalkKind.THANKS, None), default=Language.GERMAN)

    assert answer.startswith("Gern geschehen")


def test_documents_are_listed_by_name() -> None:
    answer = reply(said(SmallTalkKind.DOCUMENTS), documents=["Manual.docx", "a\n# b.pdf"])

    assert answer.endswith("documents:\n\n- Manual.docx\n- a # b.pdf")


def test_ten_documents_are_named_and_the_others_counted() -> None:
    answer = reply(
        said(SmallTalkKind.DOCUMENTS), documents=[f"{at}.md" for at in range(12)], total=40
    )

    assert answer.count("\n- ") == 10
    assert answer.endswith("\n\n… and 30 more.")


def test_no_documents_are_admitted() -> None:
    assert "no documents yet" in reply(said(SmallTalkKind.DOCUMENTS), documents=[])


def test_a_refusal_differs_by_language() -> None:
    assert len({built_in_refusal(language) for language in Language}) == len(Language)


@pytest.mark.parametrize("language", Language)
def test_a_refusal_is_in_its_language(language: Language) -> None:
    assert detect(built_in_refusal(language)) is language


@pytest.mark.parametrize("language", Language)
def test_a_refusal_names_missing_identifiers(language: Language) -> None:
    assert "E099, {x}" in built_in_refusal(language, missing_identifiers=["E099", "{x}"])


def test_a_refusal_in_no_known_language_is_english() -> None:
    assert built_in_refusal(None) == "I couldn't find that in your documents."


@pytest.mark.parametrize(
    ("language", "start"),
    [(Language.ENGLISH, "You're welcome! Goodbye!"), (Language.CHINESE, "不客气！ ")],
)
def test_thanks_in_a_goodbye_are_answered_too(language: Language, start: str) -> None:
    both = SmallTalk(kind=SmallTalkKind.GOODBYE, language=language, thanks=True)

    assert reply(both).startswith(start)
