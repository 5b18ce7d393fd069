"""Searches and chat turns over vectors in Pinecone, counted in calls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from itertools import product

import pytest
from dependency_injector import providers
from msgspec import Struct, structs

from ragtenancy.adapters.pinecone.chunks import PineconeChunkRepository
from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces
from ragtenancy.adapters.pinecone.namespaces import PineconeTenantStorage
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.tenants import TenantScope
from tests.doubles import in_memory_container
from tests.emulators.pinecone import Rig, pinecone_rig
from tests.emulators.pinecone_state import Fault
from tests.unit.app.conftest import Installation

SYLLABLES = ["ba", "do", "ki", "lu", "me"]
WORDS = ["".join(parts) for parts in product(SYLLABLES, repeat=3)]


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
        chunks = PineconeChunkRepository(container.stores().chunks, rig.index)
        container.vectors.override(providers.Object(vectors))
        container.chunks.override(providers.Object(chunks))
        installation = Installation(container)
        scope = await installation.tenant()
        await PineconeTenantStorage(rig.index).create(scope)
        yield Desk(installation=installation, scope=scope, rig=rig)
        await chunks.close()


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

    await desk.installation.ask(desk.scope, "babado kilume bakido?")

    calls = Counter(desk.rig.project.calls)
    assert calls["query"] == 1
    assert calls["fetch"] <= 1
    assert set(calls) <= {"query", "fetch"}


async def test_without_pinecone_answers_are_by_words_and_say_so(desk: Desk) -> None:
    await furnish(desk, 2)
    desk.rig.project.faults.append(Fault(503))

    reply = await desk.installation.search(desk.scope, "babado kilume")

    assert list(reply.degraded) == ["semantic_unavailable"]
    assert reply.hits[0].above_threshold


async def test_without_pinecone_a_turn_says_what_it_lacked(desk: Desk) -> None:
    await furnish(desk, 2)
    desk.rig.project.faults.append(Fault(503))

    reply = await desk.installation.ask(desk.scope, "babado kilume")

    assert (list(reply.degraded), reply.grounded) == (["semantic_unavailable"], True)


async def make_foreign(desk: Desk) -> None:
    """Move the texts from the chunk store into the vectors' metadata."""
    container, scope = desk.installation.container, desk.scope
    store, pages = container.stores().chunks, PineconeForeignNamespaces(desk.rig.index)
    for document_id, revision in await store.revisions(scope):
        chunks = {c.chunk_id: c for c in await store.of_revision(scope, document_id, revision)}
        held = await pages.fetch(scope.namespace, list(chunks))
        await pages.write(
            scope.namespace,
            [
                structs.replace(record, metadata={**record.metadata, "text": chunks[key].text})
                for key, record in ((ChunkId(record.id), record) for record in held.values())
            ],
        )
        await store.delete(scope, document_id)


async def test_until_the_texts_of_a_foreign_namespace_are_there_answers_are_degraded(
    desk: Desk,
) -> None:
    await furnish(desk, 2)
    await make_foreign(desk)
    desk.rig.index.seconds = 0.3
    desk.rig.project.faults.append(Fault("timeout", "list"))

    first = await desk.installation.search(desk.scope, "babado kilume")
    desk.rig.project.faults.clear()
    desk.rig.index.seconds = 20.0
    second = await desk.installation.search(desk.scope, "babado kilume")

    assert (list(first.degraded), list(second.degraded)) == (["bm25_timeout"], [])
    assert first.hits
    assert second.hits[0].source.scores.bm25 > 0
