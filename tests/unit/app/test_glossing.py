"""Questions in a language other than the documents'."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ragtenancy.app.search.passages import Passages, Wanted
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.relevance import Bar
from ragtenancy.domain.tenants import TenantScope
from tests.unit.app.conftest import Installation

ENGLISH = {
    "care.md": "Replace the filter every six weeks. The pump is oiled once a year.",
    "leave.md": "Every employee has 30 days of holiday.",
}
GERMAN = {
    "rad.md": "Bringen Sie das Rad pünktlich zurück, sonst zahlen Sie je Stunde 12 EUR.",
    "zeiten.md": "Die Werkstatt ist samstags nicht geöffnet, oder nur nach Vereinbarung.",
}


async def tenant(installation: Installation, documents: Mapping[str, str]) -> TenantScope:
    scope = await installation.tenant()
    for filename, text in documents.items():
        await installation.ingest(scope, text, filename=filename)
    return scope


async def found(installation: Installation, scope: TenantScope, question: str) -> Passages:
    container = installation.container
    return await container.passages().find(
        Wanted(
            scope=scope,
            readings=[Reading(question)],
            filters=None,
            effective=await container.configs().effective(scope),
            bar=Bar.EXTRACTIVE,
        )
    )


@pytest.mark.parametrize(
    ("question", "filename"),
    [
        ("Wann wird die Pumpe geölt?", "care.md"),
        ("Wie viele Urlaubstage hat ein Mitarbeiter?", "leave.md"),
        ("Combien de jours de vacances ai-je ?", "leave.md"),
        ("¿Cuántos días de vacaciones tengo?", "leave.md"),
    ],
)
async def test_a_foreign_question_finds_english_passages(
    installation: Installation, question: str, filename: str
) -> None:
    scope = await tenant(installation, ENGLISH)

    passages = await found(installation, scope, question)

    assert passages.sources[0].filename == filename


async def test_an_english_question_finds_german_passages(installation: Installation) -> None:
    scope = await tenant(installation, GERMAN)

    passages = await found(installation, scope, "what do i pay if i bring the bike back late?")

    assert passages.sources[0].filename == "rad.md"


@pytest.mark.parametrize(
    ("documents", "question"),
    [
        (ENGLISH, "How often is the filter replaced?"),
        (ENGLISH, "Which colour has the bread network?"),
        (GERMAN, "Wann ist die Werkstatt geöffnet?"),
    ],
)
async def test_a_question_in_the_language_of_the_documents_has_no_gloss(
    installation: Installation, documents: Mapping[str, str], question: str
) -> None:
    scope = await tenant(installation, documents)

    passages = await found(installation, scope, question)

    assert [reading.gloss for reading in passages.readings] == [None]


async def test_a_foreign_question_is_answered_by_extraction(installation: Installation) -> None:
    scope = await tenant(installation, ENGLISH)

    reply = await installation.ask(scope, "Wie viele Urlaubstage hat jeder Mitarbeiter?")

    assert reply.answer == "Every employee has 30 days of holiday. [1]"
