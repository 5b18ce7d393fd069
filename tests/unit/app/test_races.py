"""Races between requests and workers."""

from __future__ import annotations

import asyncio

import pytest
from dependency_injector import providers

from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.app.jobs.endings import fail_upload
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.container import Container
from ragtenancy.domain.documents import CANCELLED, DocumentStatus
from ragtenancy.domain.errors import LimitError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.tenant_config import Limits, TenantConfig
from ragtenancy.domain.tenants import TenantStatus
from tests.unit.app.conftest import Installation

HOLDER = "host:1:1"


async def test_a_worker_that_meets_a_cancellation_half_done_ends_the_job(
    installation: Installation,
) -> None:
    container = installation.container
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    job = await container.job_repository().take(HOLDER, container.clock().now())
    assert job is not None
    await fail_upload(container.document_repository(), scope, job, CANCELLED)

    done = await container.ingestion().ingest(
        JobLease(container.job_repository(), container.clock(), scope, job)
    )

    document = await container.documents().get(scope, accepted.document_id)
    assert (done.status, document.status) == (JobStatus.CANCELLED, DocumentStatus.CANCELLED)


@pytest.fixture
def parallel(container: Container) -> Installation:
    """An installation whose requests overlap."""
    container.clock.override(providers.Singleton(SystemClock))
    return Installation(container)


async def test_uploads_at_once_do_not_exceed_the_limit_on_pending_jobs(
    parallel: Installation,
) -> None:
    scope = await parallel.tenant(config=TenantConfig(limits=Limits(max_pending_jobs=2)))

    replies = await asyncio.gather(
        *(parallel.submit(scope, f"# {n}\n\nWords.") for n in range(8)), return_exceptions=True
    )

    assert sum(isinstance(reply, LimitError) for reply in replies) == 6
    assert await parallel.container.job_repository().count_pending(scope) == 2


async def test_retries_do_not_exceed_the_limit_on_pending_jobs(installation: Installation) -> None:
    scope = await installation.tenant(config=TenantConfig(limits=Limits(max_pending_jobs=1)))
    accepted = await installation.submit(scope)
    await installation.container.jobs().cancel(scope, accepted.job_id)
    await installation.submit(scope, "# Other\n\nWords.")

    with pytest.raises(LimitError):
        await installation.container.jobs().retry(scope, accepted.job_id)


async def test_a_job_retried_twice_at_once_is_queued_once(parallel: Installation) -> None:
    scope = await parallel.tenant()
    accepted = await parallel.submit(scope)
    await parallel.container.jobs().cancel(scope, accepted.job_id)
    retry = parallel.container.jobs().retry

    replies = await asyncio.gather(
        *(retry(scope, accepted.job_id) for _ in range(2)), return_exceptions=True
    )

    codes = [getattr(reply, "reason", "queued") for reply in replies]
    assert sorted(codes) == ["job_not_retryable", "queued"]


async def test_configurations_put_at_once_all_get_their_version(parallel: Installation) -> None:
    await parallel.tenant()
    put = parallel.container.configs().put

    versions = await asyncio.gather(
        *(put(TenantId("acme"), TenantConfig(), created_by="olga") for _ in range(3))
    )

    assert sorted(version.version for version in versions) == [2, 3, 4]


async def test_a_suspension_is_not_lost_to_a_rename_at_the_same_time(
    parallel: Installation,
) -> None:
    scope = await parallel.tenant()
    change = parallel.container.tenant_records().change

    await asyncio.gather(
        change(scope.tenant_id, name="Other"),
        change(scope.tenant_id, status=TenantStatus.SUSPENDED),
    )

    tenant = await parallel.container.tenant_records().find(scope.tenant_id)
    assert (tenant.name, tenant.status) == ("Other", TenantStatus.SUSPENDED)
