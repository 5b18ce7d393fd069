"""A turn's costs in embedding calls and in writes to the tenant's file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import apsw
import pytest
from dependency_injector import providers

from ragtenancy.adapters.sqlite.channel import Channel
from ragtenancy.container import Container
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import Installation

QUESTION = "When are refunds paid?"


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each transaction written to a SQLite file from now on is durable."""
    seen: list[bool] = []
    writing = Channel.writing

    @contextmanager
    def noted(channel: Channel, *, durable: bool = True) -> Iterator[apsw.Connection]:
        seen.append(durable)
        with writing(channel, durable=durable) as connection:
            yield connection

    monkeypatch.setattr(Channel, "writing", noted)
    return seen


async def test_a_turn_encodes_its_question_alone_once_its_passages_were_read(
    container: Container,
) -> None:
    embedder = ScriptedEmbedder()
    container.embedder.override(providers.Object(embedder))
    installation = Installation(container)
    scope = await installation.tenant()
    await installation.ingest(scope)
    await installation.ask(scope, "Within how many days are refunds paid?")
    embedder.texts.clear()

    await installation.ask(scope, QUESTION)

    assert embedder.texts == [QUESTION]


@pytest.mark.parametrize("container", ["sqlite"], indirect=True)
async def test_a_turn_writes_one_durable_transaction(
    installation: Installation, durable: list[bool]
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    await installation.ask(scope, QUESTION)
    durable.clear()

    await installation.ask(scope, QUESTION)

    assert durable.count(True) == 1


async def test_the_vectors_of_sentences_go_with_their_document(installation: Installation) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    await installation.ask(scope, QUESTION)
    storage = installation.container.storage()
    before = (await storage.census(scope))["sentence_vectors"]

    await installation.container.documents().delete(scope, document_id)

    assert before > 0
    assert (await storage.census(scope))["sentence_vectors"] == 0
