"""Uploads, ingestion jobs and documents."""

from __future__ import annotations

from typing import IO, cast

from litestar import Response

from ragtenancy.app.documents import Documents
from ragtenancy.app.ingestion.batches import MAX_FILES, Batches, BatchFile
from ragtenancy.app.ingestion.uploads import NewUpload, Uploads
from ragtenancy.app.jobs.jobs import Jobs
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.bounds import holds
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.filenames import cleaned_filename
from ragtenancy.domain.idempotency import IdempotencyKey
from ragtenancy.domain.ids import DocumentId, JobId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.downloads import Download, download
from ragtenancy.http.requests import AnyRequest
from ragtenancy.http.route import tenant_route
from ragtenancy.http.uploads import FormLimits, document_id_of, metadata_of, received
from ragtenancy.http.views import documents as view
from ragtenancy.wire.documents import (
    Accepted,
    Batch,
    Chunk,
    Document,
    DocumentsQuery,
    DocumentText,
    Job,
    JobsQuery,
    Receipt,
)
from ragtenancy.wire.pages import Page, PageQuery, page_of

DOCUMENT = "/api/v1/ingest/document/{document_id:str}"
STATUS = "/api/v1/ingest/status/{job_id:str}"
BATCH_UPLOADS = 4  # a batch may be as large as four uploads of the greatest size


@tenant_route(
    "POST",
    "/api/v1/ingest/document",
    Scope.INGEST,
    status=202,
    fails=(
        404,
        *("document_busy", "document_deleting", "idempotency_in_flight"),
        *("file_too_large", "not_a_form", "encrypted_or_legacy", "idempotency_key_reused"),
        *("max_pending_jobs", "max_documents", "uploads_unfinished"),
    ),
    receives=("Idempotency-Key",),
    sends=("Location", "Idempotency-Replayed"),
    upload=True,
)
async def upload_document(
    request: AnyRequest,
    caller: TenantPrincipal,
    uploads: Uploads,
) -> Response[Accepted]:
    """Upload a document; once accepted with 202, it is stored durably."""
    key = _idempotency_key(request)
    limit = await uploads.limit(caller.scope)
    async with received(request, FormLimits(file_bytes=limit, total_bytes=limit)) as form:
        upload = NewUpload(
            filename=cleaned_filename(form.file.name),
            body=form.file.body(),
            document_id=document_id_of(form.fields),
            metadata=metadata_of(form.fields),
            idempotency_key=key,
            key_id=caller.key_id,
        )
        accepted = await uploads.submit(caller.scope, upload)
    headers = {"Location": f"/api/v1/ingest/status/{accepted.job_id}"}
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(view.accepted(accepted), status_code=202, headers=headers)


@tenant_route(
    "POST",
    "/api/v1/ingest/documents:batch",
    Scope.INGEST,
    status=202,
    fails=(413, 415, 422),
    batch=True,
)
async def upload_batch(
    request: AnyRequest, caller: TenantPrincipal, uploads: Uploads, batches: Batches
) -> Batch:
    """Upload up to 100 files, or a zip file of them; each gets a job or is refused by itself."""
    key = _idempotency_key(request)
    limit = await uploads.limit(caller.scope)
    limits = FormLimits(files=MAX_FILES, file_bytes=limit, total_bytes=BATCH_UPLOADS * limit)
    async with received(request, limits, frozenset({"metadata"})) as form:
        files = [
            BatchFile(
                name=each.name, file=None if each.is_too_large else cast("IO[bytes]", each.file)
            )
            for each in form.files
        ]
        submissions = await batches.submit(
            caller.scope,
            files,
            metadata_of(form.fields),
            total_bytes=limits.total_bytes,
            idempotency_key=key,
            key_id=caller.key_id,
        )
    return Batch(items=[view.batch_item(each) for each in submissions])


@tenant_route("GET", "/api/v1/ingest/jobs", Scope.INGEST)
async def list_own_jobs(query: JobsQuery, caller: TenantPrincipal, jobs: Jobs) -> Page[Job]:
    """List the client's jobs, newest first."""
    status = None if query.status is None else JobStatus(query.status)
    found = await jobs.page(caller.scope, status=status, after=query.after, limit=query.limit)
    return page_of(found, view.job)


@tenant_route("GET", STATUS, Scope.INGEST, fails=(404,))
async def read_job(job_id: JobId, caller: TenantPrincipal, jobs: Jobs) -> Job:
    """Read a job's status and progress."""
    return view.job_view(await jobs.get(caller.scope, job_id))


@tenant_route(
    "POST", STATUS + "/cancel", Scope.INGEST, status=202, fails=(404, "job_finished", "job_busy")
)
async def cancel(job_id: JobId, caller: TenantPrincipal, jobs: Jobs) -> Job:
    """Cancel a job that is not finished."""
    return view.job(await jobs.cancel(caller.scope, job_id))


@tenant_route(
    "POST",
    STATUS + "/retry",
    Scope.INGEST,
    status=202,
    fails=(404, "job_not_retryable", "max_pending_jobs"),
)
async def retry(job_id: JobId, caller: TenantPrincipal, jobs: Jobs) -> Job:
    """Requeue a failed or cancelled job."""
    return view.job(await jobs.retry(caller.scope, job_id))


@tenant_route("GET", "/api/v1/ingest/documents", Scope.INGEST)
async def list_all_documents(
    query: DocumentsQuery, caller: TenantPrincipal, documents: Documents
) -> Page[Document]:
    """List the client's documents, oldest first."""
    found = await documents.page(
        caller.scope,
        status=None if query.status is None else DocumentStatus(query.status),
        after=query.after,
        limit=query.limit,
    )
    return page_of(found, view.document_of(caller.scope.tenant_id))


@tenant_route("GET", DOCUMENT, Scope.INGEST, fails=(404,))
async def read_document(
    document_id: DocumentId, caller: TenantPrincipal, documents: Documents
) -> Document:
    """Read a document's record."""
    found = await documents.get(caller.scope, document_id)
    return view.document_of(caller.scope.tenant_id)(found)


@tenant_route("GET", DOCUMENT + "/chunks", Scope.INGEST, fails=(404,))
async def read_chunks(
    document_id: DocumentId, query: PageQuery, caller: TenantPrincipal, documents: Documents
) -> Page[Chunk]:
    """List the chunks of a document's active version, in order."""
    found = await documents.chunks(caller.scope, document_id, after=query.after, limit=query.limit)
    return page_of(found, view.chunk)


@tenant_route("GET", DOCUMENT + "/text", Scope.INGEST, fails=(404,))
async def read_text(
    document_id: DocumentId, caller: TenantPrincipal, documents: Documents
) -> DocumentText:
    """Read the text of a document's active version, in which sources count their ranges."""
    return view.text(document_id, await documents.text(caller.scope, document_id))


@tenant_route(
    "GET",
    DOCUMENT + "/content",
    Scope.INGEST,
    fails=(404,),
    binary=True,
    sends=("Content-Disposition",),
)
async def read_content(
    document_id: DocumentId, caller: TenantPrincipal, documents: Documents
) -> Download:
    """Download a document's original file."""
    return await download(await documents.original(caller.scope, document_id))


@tenant_route("DELETE", DOCUMENT, Scope.INGEST, fails=(404, "document_busy"), also={202: Receipt})
async def remove_document(
    document_id: DocumentId, caller: TenantPrincipal, documents: Documents
) -> Response[Receipt]:
    """Delete a document everywhere; 202 if a store has not confirmed yet."""
    receipt = await documents.delete(caller.scope, document_id, key_id=caller.key_id)
    return Response(view.receipt(receipt), status_code=200 if receipt.verified else 202)


def _idempotency_key(request: AnyRequest) -> str | None:
    given = request.headers.getall("idempotency-key", [])
    if not given:
        return None
    if len(given) > 1 or not holds(given[0], IdempotencyKey):
        raise MalformedError("Idempotency-Key must be 1 to 255 printable ASCII characters.")
    return given[0]


ROUTES = (
    *(upload_document, upload_batch, list_own_jobs, read_job, cancel, retry),
    *(list_all_documents, read_document, read_chunks, read_text, read_content, remove_document),
)
