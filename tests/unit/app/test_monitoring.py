"""What a scrape says of the queue, and of breaches in a job."""

from __future__ import annotations

from collections.abc import Sequence

from dependency_injector import providers

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.app.monitoring import Monitoring
from ragtenancy.domain.errors import IsolationBreach, UnavailableError
from ragtenancy.domain.queueing import Backlog
from ragtenancy.ports.embeddings import Vectors
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.scripted.embeddings import ScriptedEmbedder
from tests.scripted.holders import ScriptedHolders
from tests.unit.app.conftest import Installation


class AwayJobs(InMemoryJobRepository):
    """A queue that cannot be read."""

    reads = 0

    async def backlog(self) -> Backlog:
        self.reads += 1
        raise UnavailableError("The store is away.")


class Breaching(ScriptedEmbedder):
    """Meets another tenant's record while it works."""

    async def embed(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        raise IsolationBreach("chunks")


async def test_a_breach_in_a_job_is_an_alarm() -> None:
    container = in_memory_container()
    container.embedder.override(providers.Object(Breaching()))
    installation = Installation(container)
    await installation.submit(await installation.tenant())

    await installation.work()

    lines = (await container.monitoring().render()).splitlines()
    assert 'isolation_breaches_total{store="chunks"} 1.0' in lines
    assert 'ragtenancy_jobs_total{status="queued"} 1.0' in lines


async def test_a_queue_that_cannot_be_read_is_not_shown_as_empty() -> None:
    clock = ScriptedClock()
    jobs = AwayJobs(Memory(), ScriptedHolders())

    rendered = await Monitoring(PrometheusMetrics(), jobs, clock).render()

    assert "ragtenancy_jobs_queued NaN" in rendered.splitlines()


async def test_scrapes_in_quick_succession_read_the_queue_once() -> None:
    jobs = AwayJobs(Memory(), ScriptedHolders())
    monitoring = Monitoring(PrometheusMetrics(), jobs, ScriptedClock())

    await monitoring.render()
    await monitoring.render()

    assert jobs.reads == 1
