"""What a client can show others of its own data: deletions, and signed statements."""

from __future__ import annotations

from ragtenancy.app.statements import Statements
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.route import tenant_route
from ragtenancy.http.views import evidence as view
from ragtenancy.http.views.documents import receipt
from ragtenancy.wire.documents import Receipt
from ragtenancy.wire.evidence import ClientEvidence, DeletionCertificate
from ragtenancy.wire.pages import Page, PageQuery, page_of

DELETIONS = "/api/v1/deletions"
UNSIGNED = ("no_signing_key", "signing_key_unusable")


@tenant_route("GET", DELETIONS, Scope.INGEST)
async def list_deletions(
    query: PageQuery, caller: TenantPrincipal, statements: Statements
) -> Page[Receipt]:
    """List the receipts of the client's deleted documents, newest first."""
    found = await statements.deletions(caller.scope, after=query.after, limit=query.limit)
    return page_of(found, receipt)


@tenant_route("GET", DELETIONS + "/{deleted_document_id:str}", Scope.INGEST, fails=(404, *UNSIGNED))
async def read_deletion_certificate(
    deleted_document_id: DocumentId, caller: TenantPrincipal, statements: Statements
) -> DeletionCertificate:
    """Read the signed certificate of a document's deletion; the stores are counted again."""
    return view.certificate(await statements.deletion(caller.scope, deleted_document_id))


@tenant_route("GET", "/api/v1/evidence", Scope.INGEST, fails=UNSIGNED)
async def read_evidence(caller: TenantPrincipal, statements: Statements) -> ClientEvidence:
    """Read a signed statement of the client's stores, compared with its catalogue, and its keys."""
    return view.client(await statements.client(caller.scope))


ROUTES = (list_deletions, read_deletion_certificate, read_evidence)
