"""Notes beside large files: the worker starts them, and they take their turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from dependency_injector import providers

from ragtenancy.app.ingestion.acceptance import Accepted
from ragtenancy.app.ingestion.worker import IDLE
from ragtenancy.container import Container
from ragtenancy.domain.jobs import RENEW_EVERY, JobStatus, Step
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vectors
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import Installation

LARGE = "".join(f"# Page {n}\n\nThe rule of page {n} is rule {n}.\n\n" for n in range(200))
NOTE = "The door opens with 4711."
Hook = Callable[[], Awaitable[None]]


class SlowEmbedder(ScriptedEmbedder):
    """Takes a second a batch; `hooks` run in the first batches, one each."""

    def __init__(self, clock: ScriptedClock) -> None:
        super().__init__()
        self._clock = clock
        self.hooks: list[Hook] = []
        self.batches: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches.append("note" if NOTE in texts[0] else "large")
        if self.hooks:
            await self.hooks.pop(0)()
        self._clock.advance(timedelta(seconds=1))
        for _ in range(200):  # let who waits for a turn ask for it meanwhile
            await asyncio.sleep(0)
        return await super().embed(texts)


@pytest.fixture
async def container() -> AsyncIterator[Container]:
    container = in_memory_container()
    async with container.closers():
        yield container


@pytest.fixture
def embedder(container: Container) -> SlowEmbedder:
    clock = container.clock()
    assert isinstance(clock, ScriptedClock)
    made = SlowEmbedder(clock)
    container.embedder.override(providers.Object(made))
    return made


async def work_until_ended(
    installation: Installation, scope: TenantScope, accepted: Accepted
) -> JobStatus:
    """Run one worker until a job has ended."""
    working = asyncio.create_task(installation.container.worker().run())
    while not (job := (await installation.job(scope, accepted)).job).finished:  # noqa: ASYNC110 - nothing but reading tells
        await asyncio.sleep(0.001)
    working.cancel()
    await asyncio.wait([working])
    return job.status


async def until_it_waits_for_its_turn(
    installation: Installation, scope: TenantScope, accepted: Accepted
) -> None:
    """Let the worker poll and read a job's file, up to where it needs a turn."""
    clock = installation.container.clock()
    assert isinstance(clock, ScriptedClock)
    clock.advance(IDLE)
    while (await installation.job(scope, accepted)).job.step is not Step.CHUNK:  # noqa: ASYNC110 - nothing but reading tells
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("client", ["globex", "acme"])
async def test_a_note_is_ingested_between_the_batches_of_a_large_file(
    installation: Installation, embedder: SlowEmbedder, client: str
) -> None:
    scopes = {name: await installation.tenant(name) for name in ("acme", "globex")}
    large = await installation.submit(scopes["acme"], LARGE, filename="large.md")

    async def upload_a_note() -> None:
        note = await installation.submit(scopes[client], NOTE, filename="note.md")
        await until_it_waits_for_its_turn(installation, scopes[client], note)

    embedder.hooks = [upload_a_note]
    status = await work_until_ended(installation, scopes["acme"], large)

    assert status is JobStatus.SUCCEEDED
    assert embedder.batches.index("note") <= 3
    assert embedder.batches[-1] == "large"
    assert len(embedder.batches) >= 7


async def test_a_started_job_whose_document_is_deleted_ends(
    installation: Installation, embedder: SlowEmbedder
) -> None:
    scope = await installation.tenant()
    large = await installation.submit(scope, LARGE, filename="large.md")

    async def delete() -> None:
        await installation.container.documents().delete(scope, large.document_id)

    embedder.hooks = [delete]
    status = await work_until_ended(installation, scope, large)

    assert status is JobStatus.CANCELLED
    assert len(embedder.batches) == 1


async def test_a_job_that_is_cancelled_while_it_waits_for_its_turn_frees_its_place(
    installation: Installation, embedder: SlowEmbedder
) -> None:
    acme, globex = await installation.tenant("acme"), await installation.tenant("globex")
    large = await installation.submit(acme, LARGE, filename="large.md")
    other = await installation.submit(globex, LARGE, filename="other.md")

    async def cancel() -> None:
        await installation.container.jobs().cancel(globex, other.job_id)
        clock = installation.container.clock()
        assert isinstance(clock, ScriptedClock)
        clock.advance(RENEW_EVERY)  # its lease finds out

    embedder.hooks = [cancel]
    status = await work_until_ended(installation, acme, large)

    assert status is JobStatus.SUCCEEDED
    assert (await installation.job(globex, other)).job.status is JobStatus.CANCELLED
    assert await installation.container.chunks().revisions(globex) == ()


async def test_a_stopped_worker_requeues_every_started_job(
    installation: Installation, embedder: SlowEmbedder
) -> None:
    scopes = [await installation.tenant(name) for name in ("acme", "globex")]
    jobs = [await installation.submit(scope, LARGE, filename="a.md") for scope in scopes]
    reached = asyncio.Event()

    async def reach() -> None:
        reached.set()

    embedder.hooks = [reach]
    working = asyncio.create_task(installation.container.worker().run())
    await reached.wait()
    working.cancel()
    await asyncio.wait([working])

    found = [
        (await installation.job(scope, job)).job for scope, job in zip(scopes, jobs, strict=True)
    ]
    assert [(job.status, job.attempts) for job in found] == [(JobStatus.QUEUED, 0)] * 2
