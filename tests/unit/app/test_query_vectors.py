"""The cache of question vectors, by tenant."""

from __future__ import annotations

from dependency_injector import providers

from ragtenancy.app.search.query_vectors import MAX_QUESTIONS
from ragtenancy.container import Container
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import Installation

QUESTION = "How long is the refund period?"


def counting(container: Container) -> tuple[Installation, ScriptedEmbedder]:
    embedder = ScriptedEmbedder()
    container.embedder.override(providers.Object(embedder))
    return Installation(container), embedder


async def test_a_question_is_embedded_once(container: Container) -> None:
    installation, embedder = counting(container)
    scope = await installation.tenant()

    await installation.search(scope, QUESTION)
    await installation.search(scope, QUESTION)

    assert embedder.texts == [QUESTION]


async def test_another_tenants_question_is_embedded_again(container: Container) -> None:
    installation, embedder = counting(container)

    await installation.search(await installation.tenant("mine"), QUESTION)
    await installation.search(await installation.tenant("theirs"), QUESTION)

    assert embedder.texts == [QUESTION, QUESTION]


async def test_only_the_latest_questions_are_kept(container: Container) -> None:
    installation, embedder = counting(container)
    scope = await installation.tenant()
    vectors = container.query_vectors()
    await vectors.embed(scope, QUESTION)

    for number in range(MAX_QUESTIONS):
        await vectors.embed(scope, f"question {number}")
    await vectors.embed(scope, QUESTION)

    assert embedder.texts.count(QUESTION) == 2
