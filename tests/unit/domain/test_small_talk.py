"""Small talk is told from questions by the whole message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.languages import Language
from ragtenancy.domain.small_talk import SmallTalk, SmallTalkKind, small_talk
from ragtenancy.domain.small_talk_phrases import PHRASES

SAID = [
    ("greeting", "en", "Hello"),
    ("greeting", "en", "hi there!"),
    ("greeting", "en", "Hello, how are you?"),
    ("greeting", "en", "Good morning everyone"),
    ("greeting", "de", "Guten Tag"),
    ("greeting", "de", "Servus"),
    ("greeting", "de", "Hallo, wie geht's?"),
    ("greeting", "fr", "Bonjour à tous !"),
    ("greeting", "es", "hola buenas"),
    ("greeting", "it", "Buongiorno"),
    ("greeting", "nl", "Goedemorgen"),
    ("greeting", "pt", "Olá, bom dia!"),
    ("thanks", "en", "ok thanks!!"),
    ("thanks", "en", "thx"),
    ("thanks", "en", "great, that helps!"),
    ("thanks", "en", "Thank you very much for your quick answer"),
    ("thanks", "en", "Wonderful, you've been very helpful"),
    ("thanks", "en", "Thanks again for your help"),
    ("thanks", "de", "danke schön"),
    ("thanks", "de", "Vielen Dank, das hat mir sehr geholfen"),
    ("thanks", "fr", "merci beaucoup"),
    ("thanks", "es", "muchas gracias"),
    ("thanks", "th", "ขอบคุณมาก"),
    ("goodbye", "en", "thanks, bye"),
    ("goodbye", "en", "Goodbye, have a nice day!"),
    ("goodbye", "en", "No, that's all for today, thank you."),
    ("goodbye", "de", "tschüss"),
    ("goodbye", "de", "auf Wiedersehen"),
    ("goodbye", "de", "Schönen Tag noch!"),
    ("goodbye", "fr", "bonne journée"),
    ("goodbye", "es", "Adiós, hasta luego"),
    ("identity", "en", "Hi, who are you?"),
    ("identity", "en", "are you a bot?"),
    ("identity", "en", "are you human"),
    ("identity", "en", "what's your name"),
    ("identity", "de", "Wer bist du?"),
    ("identity", "fr", "Qui es-tu ?"),
    ("identity", "es", "¿Quién eres?"),
    ("ability", "en", "what can I ask you?"),
    ("ability", "en", "how can you help me"),
    ("ability", "en", "help"),
    ("ability", "de", "Hallo, was kannst du für mich tun?"),
    ("ability", "fr", "Que pouvez-vous faire ?"),
    ("ability", "es", "¿En qué puedes ayudarme?"),
    ("documents", "en", "Which documents do you know?"),
    ("documents", "en", "what do you know?"),
    ("documents", "en", "List the documents you have"),
    ("documents", "de", "Welche Dokumente kennst du?"),
    ("documents", "fr", "Quels documents avez-vous ?"),
    ("documents", "es", "¿Qué documentos conoces?"),
    ("acknowledgement", "en", "ok"),
    ("acknowledgement", "en", "Got it"),
    ("acknowledgement", "de", "Alles klar"),
]
QUESTIONS = [
    "Hi, what does it cost?",
    "thanks, and how do I descale it?",
    "help with descaling",
    "help desk hours",
    "What can you do to prevent scale?",
    "who are your customers",
    "who is the CEO",
    "good morning shift times",
    "What documents do I need for a visa?",
    "Which documents do I need",
    "Which documents do you accept?",
    "what materials do you use",
    "what do you know about descaling?",
    "What data do you collect?",
    "hello world program",
    "thank you letter template",
    "What can I do?",
    "How does it work?",
    "Can you help me with my invoice?",
    "Do you have a warranty?",
    "Was kann die Maschine?",
    "Welche Dokumente brauche ich?",
    "Quels documents dois-je fournir ?",
    "¿Qué documentos necesito?",
    "Hilfe bei Entkalkung",
    "tank",
    "hall",
    "dance",
    "menu",
    "legal",
    "yes",
    "no",
    "please",
    "why?",
    "?",
    "",
    "E021",
    "hi E021",
]
CLAUSES = [
    "what does it cost?",
    "how do I descale the machine?",
    "was kostet das Gerät?",
    "quel est le prix ?",
    "¿cuánto cuesta el plan?",
    "show me error E021",
]


@pytest.mark.parametrize(("kind", "language", "message"), SAID)
def test_small_talk_is_known_with_its_language(kind: str, language: str, message: str) -> None:
    found = small_talk(message)

    assert found is not None
    assert (found.kind, found.language) == (kind, language)


@pytest.mark.parametrize(
    ("message", "thanks"),
    [("Cheers, that will do for now.", True), ("OK see you, nice weekend!", False)],
)
def test_a_goodbye_may_say_thanks_too(message: str, thanks: bool) -> None:
    assert small_talk(message) == SmallTalk(
        kind=SmallTalkKind.GOODBYE, language=Language.ENGLISH, thanks=thanks
    )


@pytest.mark.parametrize("message", QUESTIONS)
def test_a_question_is_no_small_talk(message: str) -> None:
    assert small_talk(message) is None


@pytest.mark.parametrize("message", ["helo", "HIII", "helllo", "thansk", "thaaanks!!", "godbye"])
def test_drawn_out_letters_and_typing_errors_are_understood(message: str) -> None:
    assert small_talk(message) is not None


@pytest.mark.parametrize(
    ("picture", "kind"), [("👋", "greeting"), ("🙏", "thanks"), ("👍🏽", "acknowledgement")]
)
def test_a_picture_alone_is_small_talk_in_no_language(picture: str, kind: str) -> None:
    assert small_talk(picture) == SmallTalk(kind=SmallTalkKind(kind), language=None)


def test_the_preferred_language_decides_between_languages_that_share_a_word() -> None:
    shared = small_talk("hej", preferred=Language.DANISH)

    assert shared is not None
    assert shared.language is Language.DANISH


def test_a_preferred_language_does_not_hide_another() -> None:
    thanked = small_talk("Thank you", preferred=Language.GERMAN)

    assert thanked is not None
    assert thanked.language is Language.ENGLISH


@given(
    said=st.sampled_from(SAID),
    before=st.text(" \t\n.,!", max_size=4),
    after=st.text(" \t\n.,!?…😊", max_size=4),
    written=st.sampled_from([str.upper, str.lower, str.title]),
)
def test_case_and_what_stands_around_decide_nothing(
    said: tuple[str, str, str], before: str, after: str, written: object
) -> None:
    assert callable(written)
    assert small_talk(f"{before}{written(said[2])}{after}") == small_talk(said[2])


@given(
    said=st.sampled_from(SAID),
    clause=st.sampled_from(CLAUSES),
    joint=st.sampled_from([", ", ". ", " and ", "\n"]),
)
def test_a_question_beside_small_talk_is_a_question(
    said: tuple[str, str, str], clause: str, joint: str
) -> None:
    assert small_talk(f"{said[2]}{joint}{clause}") is None
    assert small_talk(f"{clause}{joint}{said[2]}") is None


@given(st.text())
def test_any_text_can_be_asked(message: str) -> None:
    assert small_talk(message) is None or message.strip()


@given(
    st.lists(
        st.sampled_from(["so", "much", "that", "is", "good", "ok", "thank", "you"]), max_size=40
    )
)
def test_a_message_of_known_words_is_decided_in_time(words: list[str]) -> None:
    small_talk(" ".join(words))


def test_every_language_greets_thanks_and_takes_leave() -> None:
    assert set(PHRASES) == set(Language)
