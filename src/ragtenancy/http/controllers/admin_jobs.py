"""Every client's jobs."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.http.bodies import read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.operations import operator
from ragtenancy.http.views import documents as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.documents import AllJobsQuery, Job
from ragtenancy.wire.pages import Page


@get("/api/v1/admin/jobs", opt=operator(query=AllJobsQuery, fails=(404,)))
async def list_jobs_of_all(request: AnyRequest, jobs: NamedDependency[Jobs]) -> Page[Job]:
    """List jobs of every client, or of one, newest first."""
    query = read_query(request, AllJobsQuery)
    found = await jobs.page_all(
        tenant_id=query.client_id,
        status=None if query.status is None else JobStatus(query.status),
        after=query.after,
        limit=query.limit,
    )
    return page(found, view.job)


HANDLERS = (list_jobs_of_all,)
