"""What handles documents: jobs."""

from __future__ import annotations

from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.app.jobs.quota import JobQuota
from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import JobRepository


def compose_jobs(
    job_repository: JobRepository,
    document_repository: DocumentRepository,
    find_tenant: FindTenant,
    job_quota: JobQuota,
    job_signals: JobSignals,
    clock: Clock,
) -> Jobs:
    """Compose the use cases of jobs."""
    return Jobs(
        job_repository,
        document_repository,
        find_tenant,
        job_quota,
        job_signals,
        clock,
    )
