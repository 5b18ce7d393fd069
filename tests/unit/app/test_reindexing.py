"""Moving from one embedding model to another, despite concurrent changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from dependency_injector import providers

from ragtenancy.container import Container
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import ReindexRequiredError, UnavailableError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.jobs import REINDEX_PATIENCE, JobStatus
from ragtenancy.domain.reindexing import Reindexed, ReindexProgress
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Counts, UsageBy
from ragtenancy.ports.embeddings import Vectors
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import GUIDE, Installation

OTHER = "# Shipping\n\nParcels leave the warehouse within two days of the order.\n"
Act = Callable[[], Awaitable[object]]


class NewModel(ScriptedEmbedder):
    """A model with another dimension that runs a callback before one of its calls."""

    def __init__(self, max_tokens: int = 256) -> None:
        super().__init__(name="new", dimension=48, max_tokens=max_tokens)
        self._calls = 0
        self._acts: dict[int, Act] = {}

    def before_call(self, number: int, act: Act) -> None:
        self._acts[number] = act

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self._calls += 1
        act = self._acts.pop(self._calls, None)
        if act is not None:
            await act()
        return await super().embed(texts)


@pytest.fixture
def embedder() -> NewModel:
    return NewModel()


@pytest.fixture
def upgraded(container: Container, embedder: NewModel) -> Installation:
    """A process on the same stores with the new model, which embeds one document after another."""
    process = in_memory_container(container.settings())
    process.stores.override(providers.Object(container.stores()))
    process.clock.override(providers.Object(container.clock()))
    process.embedder.override(providers.Object(embedder))
    process.reindexing().concurrency = 1
    return Installation(process)


async def reindex(installation: Installation, scope: TenantScope) -> Reindexed:
    return await installation.container.reindexing().reindex(scope, lambda _: None)


async def answers(installation: Installation, scope: TenantScope, query: str) -> Sequence[str]:
    """The documents that one process finds, best first; none where it must not answer."""
    try:
        found = await installation.search(scope, query)
    except ReindexRequiredError:
        return ["reindex_required"]
    return list(dict.fromkeys(hit.source.document_id for hit in found.hits))


async def test_after_a_reindex_the_new_model_answers_and_the_former_does_not(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)
    assert await answers(upgraded, scope, "refunds") == ["reindex_required"]

    done = await reindex(upgraded, scope)

    assert (done.model, done.documents, done.switched) == ("new", 1, 1)
    assert await answers(upgraded, scope, "refunds") == [guide]
    assert await answers(installation, scope, "refunds") == ["reindex_required"]


async def test_texts_and_places_stay_as_they_were(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    before = (await installation.search(scope, "refunds")).hits

    await reindex(upgraded, scope)

    after = (await upgraded.search(scope, "refunds")).hits
    assert [(h.source.text, h.source.section) for h in after] == [
        (h.source.text, h.source.section) for h in before
    ]
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_until_the_switch_the_former_model_answers(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide, other = await installation.ingest(scope), await installation.ingest(scope, OTHER)
    seen: list[Sequence[str]] = []

    async def look() -> None:
        seen.append(await answers(installation, scope, "refunds"))
        seen.append(await answers(upgraded, scope, "refunds"))

    embedder.before_call(2, look)
    await reindex(upgraded, scope)

    assert seen == [[guide, other], ["reindex_required"]]


async def test_a_second_reindex_does_nothing(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    await reindex(upgraded, scope)
    paid = len(embedder.texts)

    again = await reindex(upgraded, scope)

    assert (again.documents, again.chunks, again.switched) == (0, 0, 0)
    assert len(embedder.texts) == paid


async def test_a_client_without_documents_has_nothing_to_reindex(upgraded: Installation) -> None:
    scope = await upgraded.tenant()

    assert (await reindex(upgraded, scope)).switched == 0


async def test_an_interrupted_reindex_resumes_and_pays_once(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide, other = await installation.ingest(scope), await installation.ingest(scope, OTHER)

    async def fail() -> None:
        embedder.failures = 1

    embedder.before_call(2, fail)
    with pytest.raises(UnavailableError):
        await reindex(upgraded, scope)
    await upgraded.container.sweeper().sweep(grace=timedelta(0))
    assert await answers(installation, scope, "refunds") == [guide, other]
    done = await reindex(upgraded, scope)

    assert (done.documents, done.switched) == (1, 2)
    assert len(embedder.texts) == len(set(embedder.texts)) == 3
    assert await answers(upgraded, scope, "refunds") == [guide, other]


async def test_uploads_and_replacements_during_the_run_are_caught_up_with(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide, other = await installation.ingest(scope), await installation.ingest(scope, OTHER)
    added: list[DocumentId] = []

    async def change() -> None:
        await installation.submit(scope, "# Refunds\n\nNever.", document_id=guide)
        added.append(await installation.ingest(scope, "# Prices\n\nAll prices are net."))

    embedder.before_call(2, change)
    await reindex(upgraded, scope)

    assert set(await answers(upgraded, scope, "refunds")) == {guide, other, *added}
    found = await upgraded.search(scope, "refunds never", top_k=1)
    assert [hit.source.text for hit in found.hits] == ["Never."]
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_a_document_replaced_while_it_is_embedded_is_embedded_again(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)

    async def replace() -> None:
        await installation.submit(scope, "# Refunds\n\nNever.", document_id=guide)
        await installation.work()

    embedder.before_call(1, replace)
    await reindex(upgraded, scope)

    found = await upgraded.search(scope, "refunds")
    assert [hit.source.text for hit in found.hits] == ["Never."]
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_a_document_deleted_during_the_run_stays_deleted(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide, other = await installation.ingest(scope), await installation.ingest(scope, OTHER)

    async def delete() -> None:
        await installation.container.documents().delete(scope, guide)

    embedder.before_call(1, delete)
    await reindex(upgraded, scope)

    assert await answers(upgraded, scope, "refunds") == [other]
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_a_document_deleted_while_its_chunks_are_stored_stays_deleted(
    installation: Installation, upgraded: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = await installation.tenant()
    guide, other = await installation.ingest(scope), await installation.ingest(scope, OTHER)
    vectors = upgraded.container.stores().vectors
    stage = vectors.stage

    async def deleting(*given: Any) -> None:
        monkeypatch.undo()
        await stage(*given)
        await installation.container.documents().delete(scope, guide)

    monkeypatch.setattr(vectors, "stage", deleting)
    await reindex(upgraded, scope)

    assert await answers(upgraded, scope, "refunds") == [other]
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_a_sweep_during_the_run_removes_nothing(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide, other = await installation.ingest(scope), await installation.ingest(scope, OTHER)

    async def sweep() -> None:
        await installation.container.sweeper().sweep(grace=timedelta(0))

    embedder.before_call(1, sweep)
    embedder.before_call(2, sweep)
    done = await reindex(upgraded, scope)

    assert done.documents == 2
    assert set(await answers(upgraded, scope, "refunds")) == {guide, other}


async def test_two_concurrent_runs_end_as_one(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)

    async def beside() -> None:
        await reindex(upgraded, scope)

    embedder.before_call(1, beside)
    done = await reindex(upgraded, scope)

    assert done.switched == 0
    assert await answers(upgraded, scope, "refunds") == [guide]
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_an_upload_to_the_new_process_waits_for_the_switch_and_costs_nothing(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)
    accepted = await upgraded.submit(scope, OTHER)

    await upgraded.work_through(10)
    waiting = (await upgraded.job(scope, accepted)).job
    assert embedder.texts == []
    assert await answers(installation, scope, "refunds") == [guide]
    await reindex(upgraded, scope)
    await upgraded.work_through(1)

    assert (waiting.status, waiting.attempts) == (JobStatus.QUEUED, 0)
    assert waiting.error is not None
    assert waiting.error.code == "reindex_required"
    assert await answers(upgraded, scope, "parcels") == [accepted.document_id, guide]


async def test_an_upload_that_the_former_process_takes_afterwards_waits_for_the_new_one(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)
    await reindex(upgraded, scope)
    accepted = await installation.submit(scope, OTHER)

    await installation.work()
    waiting = (await installation.job(scope, accepted)).job
    clock = installation.container.clock()
    assert isinstance(clock, ScriptedClock)
    clock.advance(REINDEX_PATIENCE)
    await upgraded.work()

    assert waiting.status is JobStatus.QUEUED
    assert await answers(upgraded, scope, "parcels") == [accepted.document_id, guide]


async def test_a_switch_during_an_ingestion_does_not_mix_models(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)
    await reindex(upgraded, scope)
    accepted = await upgraded.submit(scope, OTHER)

    async def back() -> None:
        await reindex(installation, scope)

    embedder.before_call(2, back)
    await upgraded.work()

    assert await answers(installation, scope, "refunds") == [guide]
    assert (await upgraded.job(scope, accepted)).job.status is JobStatus.QUEUED


async def test_going_back_removes_the_staged_successors(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)
    await installation.ingest(scope, OTHER)

    async def fail() -> None:
        embedder.failures = 1

    embedder.before_call(2, fail)
    with pytest.raises(UnavailableError):
        await reindex(upgraded, scope)
    done = await reindex(installation, scope)

    assert done.switched == 0
    assert await stored(installation, scope) == await live(installation, scope)
    assert (await answers(installation, scope, "refunds"))[0] == guide


@pytest.mark.parametrize("embedder", [NewModel(max_tokens=12)])
async def test_chunks_too_long_for_the_new_model_are_cut(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    guide = await installation.ingest(scope)
    text = "".join(_words(await _chunks(installation, scope, guide)))

    await reindex(upgraded, scope)

    chunks = await _chunks(upgraded, scope, guide)
    assert max(chunk.token_count for chunk in chunks) <= 12
    assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
    assert "".join(_words(chunks)) == text
    assert await answers(upgraded, scope, "refunds") == [guide]


async def test_progress_is_reported_up_to_the_total(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    await installation.ingest(scope, OTHER)
    seen: list[ReindexProgress] = []

    await upgraded.container.reindexing().reindex(scope, seen.append)

    whole = ReindexProgress(documents=2, total_documents=2, chunks=3, total_chunks=3)
    assert (seen[0].documents, seen[0].chunks) == (0, 0)
    assert seen[-1] == whole
    assert sorted(seen, key=lambda p: (p.chunks, p.documents)) == seen


async def test_documents_are_embedded_concurrently(
    installation: Installation, upgraded: Installation, embedder: NewModel
) -> None:
    scope = await installation.tenant()
    for number in range(6):
        await installation.ingest(scope, f"# Note {number}\n\nThe code is {number}.")
    together = asyncio.Barrier(3)
    embedder.before_call(1, together.wait)
    embedder.before_call(2, together.wait)
    embedder.before_call(3, together.wait)
    upgraded.container.reindexing().concurrency = 3

    done = await reindex(upgraded, scope)

    assert (done.documents, done.switched) == (6, 6)
    assert await stored(upgraded, scope) == await live(upgraded, scope)


async def test_other_clients_are_left_alone(
    installation: Installation, upgraded: Installation
) -> None:
    mine, theirs = await installation.tenant("mine"), await installation.tenant("theirs")
    await installation.ingest(mine)
    guide = await installation.ingest(theirs, GUIDE)

    await reindex(upgraded, mine)

    assert await answers(installation, theirs, "refunds") == [guide]


async def stored(installation: Installation, scope: TenantScope) -> dict[str, tuple[int, int]]:
    """Every revision with stored chunks, with its chunks and vectors."""
    chunks, vectors = installation.container.chunks(), installation.container.vectors()
    return {
        f"{document}#{revision}": (
            await chunks.count(scope, document, revision),
            await vectors.count(scope, document),
        )
        for document, revision in await chunks.revisions(scope)
    }


async def live(installation: Installation, scope: TenantScope) -> dict[str, tuple[int, int]]:
    """The active revisions, each with its chunks."""
    manifest = await installation.container.document_repository().manifest(scope)
    return {
        f"{entry.document_id}#{entry.revision}": (entry.total_chunks, entry.total_chunks)
        for entry in manifest.active
    }


async def _chunks(
    installation: Installation, scope: TenantScope, document: DocumentId
) -> Sequence[Chunk]:
    page = await installation.container.documents().chunks(scope, document)
    return page.items


def _words(chunks: Sequence[Chunk]) -> list[str]:
    return [word for chunk in chunks for word in chunk.text.split()]


async def test_the_tokens_of_a_reindexed_document_are_usage_of_the_new_model(
    installation: Installation, upgraded: Installation
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    await reindex(upgraded, scope)
    await reindex(upgraded, scope)

    found = await upgraded.container.usage_reports().of(scope.tenant_id, by=UsageBy.MODEL)
    counted = {line.name: line.counts for line in found.lines}
    tokens = counted["hashed"].embedding_tokens
    assert counted["new"] == Counts(embedding_tokens=tokens)
