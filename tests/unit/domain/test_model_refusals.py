"""Refusals in a model's own words."""

from __future__ import annotations

import pytest

from ragtenancy.domain.languages import Language
from ragtenancy.domain.refusals import built_in_refusal, is_refusal


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but the provided passages do not mention this.",
        "I could not find any information about this in the sources.",
        "Unfortunately, this isn\u2019t specified in the passages.",
        "None of the passages says anything about it.",
        "The answer does not appear in the context.",
        "I\u2019m afraid the handbook doesn't go into that.",
        "It's not in the documents.",
        "The passages talk about other things [3], not about this.",
        "The material is mute about it.",
        "**No answer found.**",
        "N/A",
        "Insufficient information.",
        "Dazu steht in den Unterlagen leider nichts.",
        "Keine der Quellen beantwortet die Frage.",
        "Diese Frage lässt sich anhand der Dokumente nicht beantworten.",
        "Les passages fournis ne permettent pas de répondre à cette question.",
        "Je n'ai pas trouvé cette information.",
        "Los textos no permiten responder a esta pregunta.",
        "La información no aparece en los documentos.",
        "Mi dispiace, i documenti non ne parlano.",
        "Questa informazione non è presente nei documenti.",
        "Os documentos não mencionam isso.",
        "De documenten geven hier geen antwoord op.",
        "Deze informatie staat niet in de documenten.",
        "Dokumenty nie zawierają odpowiedzi na to pytanie.",
        "Nie wiem.",
        "申し訳ありませんが、資料には記載がありません。",
        "抱歉\uff0c提供的文档中没有相关信息。",
    ],
)
def test_a_refusal_is_recognised(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("language", list(Language))
def test_the_built_in_refusals_are_recognised(language: Language) -> None:
    assert is_refusal(built_in_refusal(language))


@pytest.mark.parametrize(
    "text",
    [
        "WPA3 is not supported. [1]",
        "E-mail is not monitored [1]",
        "Refunds take 30 days [1].",
        "There is no charge for returns.",
        "No, pets are not allowed.",
        "You do not have to pay a deposit.",
        "Batteries are not covered by the warranty [1].",
        "Smoking is not allowed anywhere in the building.",
        "Sure, here are the steps:",
        "Nein, Haustiere sind nicht erlaubt.",
        "Non, les animaux ne sont pas admis [1].",
        "No, no se admiten mascotas [1].",
        "Il check-in non è possibile dopo le 22.",
        "Het is niet toegestaan te roken.",
        "Não, não é permitido fumar.",
        "Nie, zwierzęta nie są dozwolone.",
    ],
)
def test_an_answer_that_denies_something_is_none(text: str) -> None:
    assert not is_refusal(text)
