"""A job as a row of table `jobs`."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.adapters.sqlite.times import microseconds, microseconds_or_none
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec

CODEC = RecordCodec(Job)


def columns(job: Job) -> Mapping[str, str | int | bytes | None]:
    """Return the row by column name."""
    return {
        "tenant_uid": job.tenant_uid,
        "job_id": job.job_id,
        "status": str(job.status),
        "created_at": microseconds(job.created_at),
        "not_before": microseconds_or_none(job.not_before),
        "holder": job.lease.holder if job.lease else None,
        "lease_until": microseconds_or_none(job.lease.expires_at) if job.lease else None,
        "leased_at": microseconds_or_none(job.leased_at),
        "version": job.version,
        "body": CODEC.encode(job),
    }


def own(scope: TenantScope, body: bytes) -> Job:
    """Return the job of a row. Raises `IsolationBreach` for another tenant's."""
    job = CODEC.decode(body)
    scope.require_own(job.tenant_uid, "jobs")
    return job
