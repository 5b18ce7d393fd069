"""Jobs of a suspended client wait until it is resumed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from dependency_injector import providers

from ragtenancy.container import Container
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.jobs import RENEW_EVERY, SUSPENSION_PATIENCE, JobStatus
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.ports.embeddings import Vectors
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.scripted.embeddings import ScriptedEmbedder
from tests.unit.app.conftest import Installation

LARGE = "".join(f"# Page {n}\n\nThe rule of page {n} is rule {n}.\n\n" for n in range(200))


@pytest.fixture
async def container() -> AsyncIterator[Container]:
    container = in_memory_container()
    async with container.closers():
        yield container


async def change(installation: Installation, status: TenantStatus) -> None:
    await installation.container.tenant_records().change(TenantId("acme"), status=status)


def advance(installation: Installation, delay: timedelta) -> None:
    clock = installation.container.clock()
    assert isinstance(clock, ScriptedClock)
    clock.advance(delay)


class Suspending(ScriptedEmbedder):
    """The client is suspended during its first batch; the next lease renewal comes at once."""

    def __init__(self, installation: Installation) -> None:
        super().__init__()
        self._installation = installation

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if not self.texts:
            await change(self._installation, TenantStatus.SUSPENDED)
            advance(self._installation, RENEW_EVERY)
        return await super().embed(texts)


async def test_a_queued_job_waits_and_says_why(installation: Installation) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await change(installation, TenantStatus.SUSPENDED)

    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)
    assert job.error is not None
    assert job.error.code == "client_suspended"


async def test_a_waiting_job_goes_on_after_the_client_is_resumed(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    await change(installation, TenantStatus.SUSPENDED)
    await installation.work()
    await change(installation, TenantStatus.ACTIVE)
    advance(installation, SUSPENSION_PATIENCE)

    await installation.work()

    job = (await installation.job(scope, accepted)).job
    assert (job.status, job.error) == (JobStatus.SUCCEEDED, None)


async def test_only_one_job_of_a_suspended_client_is_taken_at_a_time(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    accepted = [await installation.submit(scope, filename=f"{n}.md") for n in range(3)]
    await change(installation, TenantStatus.SUSPENDED)

    worker = installation.container.worker()
    await worker.run(until_idle=True)

    fences = [(await installation.job(scope, each)).job.fence for each in accepted]
    assert sorted(fences) == [0, 0, 1]


async def test_other_clients_jobs_are_done_meanwhile(installation: Installation) -> None:
    scope, other = await installation.tenant(), await installation.tenant("globex")
    await installation.submit(scope)
    await change(installation, TenantStatus.SUSPENDED)
    accepted = await installation.submit(other)

    await installation.work()

    assert (await installation.job(other, accepted)).job.status is JobStatus.SUCCEEDED


async def test_a_started_job_stops_when_its_client_is_suspended_and_goes_on_later(
    container: Container,
) -> None:
    installation = Installation(container)
    embedder = Suspending(installation)
    container.embedder.override(providers.Object(embedder))
    scope = await installation.tenant()
    accepted = await installation.submit(scope, LARGE)

    await installation.work()

    stopped = (await installation.job(scope, accepted)).job
    assert (stopped.status, stopped.attempts) == (JobStatus.QUEUED, 0)
    await change(installation, TenantStatus.ACTIVE)
    advance(installation, SUSPENSION_PATIENCE)
    await installation.work()
    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED
