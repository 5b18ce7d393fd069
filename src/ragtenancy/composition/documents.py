"""What handles documents: jobs."""

from __future__ import annotations

from ragtenancy.app.ingestion.outcome import MarkFailed
from ragtenancy.app.ingestion.room import RoomForJob
from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import JobRepository


def compose_jobs(
    job_repository: JobRepository,
    document_repository: DocumentRepository,
    find_tenant: FindTenant,
    mark_failed: MarkFailed,
    room_for_job: RoomForJob,
    job_signals: JobSignals,
    clock: Clock,
) -> Jobs:
    """Compose the use cases of jobs."""
    return Jobs(
        job_repository,
        document_repository,
        find_tenant,
        mark_failed,
        room_for_job,
        job_signals,
        clock,
    )
