"""What every `Glossaries` must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.glossary.glossaries import FileGlossaries
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.glosses import GLOSSED, Gloss
from ragtenancy.domain.languages import Language
from ragtenancy.ports.analyzers import Glossaries
from tests.contract.backends import Backend, Tier, params

EN, DE, FR, ES = Language.ENGLISH, Language.GERMAN, Language.FRENCH, Language.SPANISH
SHIPPED = FileGlossaries(SnowballAnalyzer())


@asynccontextmanager
async def shipped(_folder: Path) -> AsyncIterator[Glossaries]:
    yield SHIPPED


BACKENDS = params(Backend(name="files", tier=Tier.EMBEDDED, adapter=FileGlossaries, open=shipped))
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def glossaries(backend: Backend[Glossaries], tmp_path: Path) -> AsyncIterator[Glossaries]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def glossed(glossaries: Glossaries, text: str, said: Language, written: Language) -> Gloss:
    glossary = await glossaries.between(said, written)
    assert glossary is not None
    return glossary.gloss(text)


@pytest.mark.parametrize(
    ("language", "question", "gloss"),
    [
        (DE, "Wie oft muss ich den Filter wechseln?", "how often must i the filter change"),
        (FR, "Combien coûte la livraison ?", "how much cost the deliver"),
        (FR, "Quel est mon mot de passe ?", "which is my password"),
        (ES, "¿Cuánto cuesta la inspección anual?", "how much cost the inspection annual"),
    ],
)
async def test_a_question_is_glossed_word_by_word(
    glossaries: Glossaries, language: Language, question: str, gloss: str
) -> None:
    assert (await glossed(glossaries, question, language, EN)).text == gloss


@pytest.mark.parametrize(
    ("language", "lemma", "inflected"),
    [
        (DE, "Rechnung", "Rechnungen"),
        (DE, "Haus", "Häusern"),
        (DE, "Schlüssel", "SCHLÜSSELN"),
        (DE, "prüfen", "geprüft"),
        (DE, "ölen", "geölt"),
        (DE, "auffüllen", "aufgefüllte"),
        (DE, "abholen", "abzuholen"),
        (FR, "facture", "factures"),
        (FR, "cheval", "chevaux"),
        (ES, "factura", "facturas"),
        (ES, "limpiar", "limpiamos"),
    ],
)
async def test_inflected_forms_mean_what_the_head_word_does(
    glossaries: Glossaries, language: Language, lemma: str, inflected: str
) -> None:
    head = await glossed(glossaries, lemma, language, EN)
    form = await glossed(glossaries, inflected, language, EN)

    assert form.text == head.text != lemma


@pytest.mark.parametrize(
    ("language", "typed", "gloss"),
    [
        (DE, "Kuendigungsfrist", "notice period"),
        (FR, "duree", "duration"),
        (ES, "reparacion", "repair"),
    ],
)
async def test_accents_may_be_missing(
    glossaries: Glossaries, language: Language, typed: str, gloss: str
) -> None:
    assert (await glossed(glossaries, typed, language, EN)).text == gloss


@pytest.mark.parametrize(
    ("compound", "gloss"),
    [
        ("Werkstattrechnung", "workshop invoice"),
        ("Mitgliedsausweise", "member id"),
        ("Ölpumpendichtung", "oil pump seal"),
        ("Kaminofenreinigung", "Kaminofen cleaning"),
    ],
)
async def test_german_compounds_are_split(
    glossaries: Glossaries, compound: str, gloss: str
) -> None:
    assert (await glossed(glossaries, compound, DE, EN)).text == gloss


@pytest.mark.parametrize("said", ["Zyrbonk", "DSP-4180", "1.250,50", "2026-11-29", "ERR_40"])
@pytest.mark.parametrize("language", GLOSSED)
async def test_names_numbers_and_codes_pass_through(
    glossaries: Glossaries, language: Language, said: str
) -> None:
    assert (await glossed(glossaries, said, language, EN)).text == said


async def test_english_has_the_words_of_the_documents(glossaries: Glossaries) -> None:
    gloss = await glossed(glossaries, "When is the notice period over?", EN, DE)

    meanings = {word.said: word.meanings for word in gloss.words}
    assert meanings["notice period"][0] == "Kündigungsfrist"
    assert "wann" in meanings["When"]


async def test_english_comes_in_inflected_forms(glossaries: Glossaries) -> None:
    gloss = await glossed(glossaries, "pay", EN, DE)

    assert {"zahlen", "zahlt", "zahle"} <= set(gloss.words[0].meanings)


async def test_other_pairs_have_no_glossary(glossaries: Glossaries) -> None:
    assert await glossaries.between(Language.POLISH, EN) is None
    assert await glossaries.between(DE, FR) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(max_size=80))
@pytest.mark.parametrize("language", GLOSSED)
async def test_any_text_has_a_gloss(glossaries: Glossaries, language: Language, text: str) -> None:
    there = await glossed(glossaries, text, language, EN)
    back = await glossed(glossaries, text, EN, language)

    assert isinstance(there.text, str)
    assert isinstance(back.all_words, str)
