"""Uploads and the jobs that ingest them."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.di import NamedDependency

from ragtenancy.app.ingestion.uploads import NewUpload, Uploads
from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.bounds import holds
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.idempotency import IdempotencyKey
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http import path_ids
from ragtenancy.http.bodies import read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.operations import tenant
from ragtenancy.http.upload_fields import document_id, metadata
from ragtenancy.http.uploads import received
from ragtenancy.http.views import documents as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.documents import Accepted, Job, JobsQuery
from ragtenancy.wire.pages import Page

STATUS = "/api/v1/ingest/status/{job_id:str}"


@post(
    "/api/v1/ingest/document",
    status_code=202,
    opt=tenant(Scope.INGEST, fails=(404, 409, 413, 415, 422, 429), upload=True),
)
async def upload_document(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    uploads: NamedDependency[Uploads],
) -> Response[Accepted]:
    """Upload a document; after 202 nothing of it can be lost."""
    key = _idempotency_key(request)
    async with received(request, await uploads.limit(caller.scope)) as form:
        upload = NewUpload(
            filename=form.filename or "",
            body=form.file.body(),
            document_id=document_id(form.fields),
            metadata=metadata(form.fields),
            idempotency_key=key,
        )
        accepted = await uploads.submit(caller.scope, upload)
    headers = {"Location": f"/api/v1/ingest/status/{accepted.job_id}"}
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(view.accepted(accepted), status_code=202, headers=headers)


@get("/api/v1/ingest/jobs", opt=tenant(Scope.INGEST, query=JobsQuery))
async def list_own_jobs(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    jobs: NamedDependency[Jobs],
) -> Page[Job]:
    """List the client's jobs, newest first."""
    query = read_query(request, JobsQuery)
    status = None if query.status is None else JobStatus(query.status)
    found = await jobs.page(caller.scope, status=status, after=query.after, limit=query.limit)
    return page(found, view.job)


@get(STATUS, opt=tenant(Scope.INGEST, fails=(404,)))
async def read_job(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    jobs: NamedDependency[Jobs],
) -> Job:
    """Read how far a job is."""
    return view.job_view(await jobs.get(caller.scope, path_ids.job_id(request)))


@post(STATUS + "/cancel", status_code=202, opt=tenant(Scope.INGEST, fails=(404, 409)))
async def cancel(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    jobs: NamedDependency[Jobs],
) -> Job:
    """Cancel a job that is not finished."""
    return view.job(await jobs.cancel(caller.scope, path_ids.job_id(request)))


@post(STATUS + "/retry", status_code=202, opt=tenant(Scope.INGEST, fails=(404, 409, 429)))
async def retry(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    jobs: NamedDependency[Jobs],
) -> Job:
    """Queue a failed or cancelled job again."""
    return view.job(await jobs.retry(caller.scope, path_ids.job_id(request)))


def _idempotency_key(request: AnyRequest) -> str | None:
    given = request.headers.getall("idempotency-key", [])
    if not given:
        return None
    if len(given) > 1 or not holds(given[0], IdempotencyKey):
        raise MalformedError("Idempotency-Key must be 1 to 255 printable ASCII characters.")
    return given[0]


HANDLERS = (upload_document, list_own_jobs, read_job, cancel, retry)
