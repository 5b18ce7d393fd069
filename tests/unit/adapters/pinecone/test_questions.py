"""Searches and chat turns over vectors in Pinecone, counted in calls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from dependency_injector import providers
from msgspec import Struct

from ragtenancy.adapters.pinecone.tenant_storage import PineconeTenantStorage
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.domain.tenants import TenantScope
from tests.doubles import in_memory_container
from tests.emulators.pinecone import Rig, pinecone_rig
from tests.emulators.pinecone_state import Fault
from tests.unit.app.conftest import Installation

WORDS = [f"word{number}" for number in range(150)]


class Desk(Struct, frozen=True, kw_only=True):
    """An installation, its tenant and what is behind its vectors."""

    installation: Installation
    scope: TenantScope
    rig: Rig

    async def calls(self, question: str) -> Counter[str]:
        self.rig.project.calls.clear()
        reply = await self.installation.search(self.scope, question, top_k=5)
        assert reply.degraded == ()
        return Counter(self.rig.project.calls)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    container = in_memory_container()
    dimension = container.embedder().model.dimension
    async with container.closers(), pinecone_rig(validated=False, dimension=dimension) as rig:
        vectors = PineconeVectorIndex(rig.index, patience=rig.patience)
        container.vectors.override(providers.Object(vectors))
        installation = Installation(container)
        scope = await installation.tenant()
        await PineconeTenantStorage(rig.index).create(scope)
        yield Desk(installation=installation, scope=scope, rig=rig)


async def furnish(desk: Desk, documents: int = 12) -> None:
    generator = random.Random(7)
    for number in range(documents):
        lines = [" ".join(generator.choices(WORDS, k=60)) for _ in range(12)]
        text = "\n\n".join(f"# Part {at}\n\n{line}" for at, line in enumerate(lines))
        await desk.installation.ingest(desk.scope, text, filename=f"{number}.md")


async def test_a_search_is_one_query_and_at_most_one_fetch(desk: Desk) -> None:
    await furnish(desk)
    generator = random.Random(3)
    questions = [" ".join(generator.sample(WORDS, 4)) for _ in range(20)]

    seen = [await desk.calls(question) for question in questions]
    again = [await desk.calls(question) for question in questions]

    assert {calls["query"] for calls in seen} == {1}
    assert {calls["fetch"] for calls in seen} == {0, 1}
    assert again == [Counter({"query": 1})] * 20


async def test_a_turn_is_one_query_and_at_most_one_fetch(desk: Desk) -> None:
    await furnish(desk, 3)
    desk.rig.project.calls.clear()

    await desk.installation.ask(desk.scope, "word1 word2 word3?")

    calls = Counter(desk.rig.project.calls)
    assert calls["query"] == 1
    assert calls["fetch"] <= 1
    assert set(calls) <= {"query", "fetch"}


async def test_without_pinecone_answers_are_by_words_and_say_so(desk: Desk) -> None:
    await furnish(desk, 2)
    desk.rig.project.faults.append(Fault(503))

    reply = await desk.installation.search(desk.scope, "word1 word2")

    assert list(reply.degraded) == ["semantic_unavailable"]
    assert reply.hits
