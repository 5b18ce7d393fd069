"""Jobs whose worker keeps writing while others try to end them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dependency_injector import providers

from ragtenancy.app.optimistic_writes import MAX_WRITES
from ragtenancy.container import Container
from ragtenancy.domain.errors import NotFoundError, StaleWriteError
from ragtenancy.domain.jobs import Job, JobStatus
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.jobs import JobRepository
from tests.unit.app.conftest import Installation

AT_ONCE = timedelta(seconds=-1)


class BusyJobs:
    """A queue whose first writes are stale."""

    def __init__(self, jobs: JobRepository) -> None:
        self._jobs = jobs
        self.stale_writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    async def save(self, scope: TenantScope, job: Job) -> Job:
        if self.stale_writes:
            self.stale_writes -= 1
            raise StaleWriteError("Somebody was faster.")
        return await self._jobs.save(scope, job)


@pytest.fixture
def jobs(container: Container) -> BusyJobs:
    busy = BusyJobs(container.job_repository())
    container.job_repository.override(providers.Object(busy))
    return busy


async def test_a_job_is_cancelled_with_the_last_write_allowed(
    installation: Installation, jobs: BusyJobs
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    jobs.stale_writes = MAX_WRITES - 1

    receipt = await installation.container.documents().delete(scope, accepted.document_id)

    assert receipt.verified
    assert (await installation.job(scope, accepted)).job.status is JobStatus.CANCELLED


async def test_a_deletion_that_cannot_cancel_the_job_is_resumed_by_the_sweeper(
    installation: Installation, jobs: BusyJobs
) -> None:
    container = installation.container
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    jobs.stale_writes = MAX_WRITES

    receipt = await container.documents().delete(scope, accepted.document_id)
    await container.sweeper().sweep()

    assert not receipt.verified
    with pytest.raises(NotFoundError):
        await container.documents().get(scope, accepted.document_id)
    assert (await installation.job(scope, accepted)).job.status is JobStatus.CANCELLED


async def test_an_upload_is_accepted_while_the_job_that_it_overtakes_cannot_be_cancelled(
    installation: Installation, jobs: BusyJobs
) -> None:
    container = installation.container
    scope = await installation.tenant()
    former = await installation.submit(scope, "# Old\n\nThe code is 1.")
    jobs.stale_writes = MAX_WRITES

    newer = await installation.submit(
        scope, "# New\n\nThe code is 2.", document_id=former.document_id
    )
    await installation.work()
    await container.sweeper().sweep(grace=AT_ONCE)

    ended = [(await installation.job(scope, each)).job.status for each in (former, newer)]
    assert ended == [JobStatus.CANCELLED, JobStatus.SUCCEEDED]
    assert len(await container.blobs().names(scope)) == 1
