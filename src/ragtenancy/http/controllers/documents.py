"""Documents: reading and deleting them."""

from __future__ import annotations

from litestar import Response, delete, get
from litestar.di import NamedDependency

from ragtenancy.app.documents import Documents
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http import path_ids
from ragtenancy.http.bodies import read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.downloads import Download, download
from ragtenancy.http.operations import tenant
from ragtenancy.http.views import documents as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.documents import Chunk, Document, DocumentsQuery, Receipt
from ragtenancy.wire.pages import Page, PageQuery

ONE = "/api/v1/ingest/document/{document_id:str}"


@get("/api/v1/ingest/documents", opt=tenant(Scope.INGEST, query=DocumentsQuery))
async def list_all_documents(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    documents: NamedDependency[Documents],
) -> Page[Document]:
    """List the client's documents, oldest first."""
    query = read_query(request, DocumentsQuery)
    found = await documents.page(
        caller.scope,
        status=None if query.status is None else DocumentStatus(query.status),
        after=query.after,
        limit=query.limit,
    )
    return page(found, view.document_of(caller.scope.tenant_id))


@get(ONE, opt=tenant(Scope.INGEST, fails=(404,)))
async def read_document(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    documents: NamedDependency[Documents],
) -> Document:
    """Read a document's record."""
    found = await documents.get(caller.scope, path_ids.document_id(request))
    return view.document_of(caller.scope.tenant_id)(found)


@get(ONE + "/chunks", opt=tenant(Scope.INGEST, query=PageQuery, fails=(404,)))
async def read_chunks(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    documents: NamedDependency[Documents],
) -> Page[Chunk]:
    """List the chunks of a document's active version, in order."""
    query = read_query(request, PageQuery)
    document_id = path_ids.document_id(request)
    found = await documents.chunks(caller.scope, document_id, after=query.after, limit=query.limit)
    return page(found, view.chunk)


@get(ONE + "/content", opt=tenant(Scope.INGEST, fails=(404,), binary=True))
async def read_content(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    documents: NamedDependency[Documents],
) -> Download:
    """Download a document as it was uploaded."""
    original = await documents.original(caller.scope, path_ids.document_id(request))
    return await download(original)


@delete(ONE, status_code=200, opt=tenant(Scope.INGEST, fails=(404, 409), also={202: Receipt}))
async def remove_document(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    documents: NamedDependency[Documents],
) -> Response[Receipt]:
    """Delete a document everywhere; 202 while a store has not confirmed."""
    receipt = await documents.delete(caller.scope, path_ids.document_id(request))
    return Response(view.receipt(receipt), status_code=200 if receipt.verified else 202)


HANDLERS = (list_all_documents, read_document, read_chunks, read_content, remove_document)
