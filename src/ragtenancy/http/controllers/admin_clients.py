"""The operator's clients."""

from __future__ import annotations

from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency

from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.app.tenants.tenants import Tenants
from ragtenancy.domain.principals import OperatorPrincipal
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.http import path_ids
from ragtenancy.http.bodies import read_json, read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.etags import etag, expected_version
from ragtenancy.http.operations import operator
from ragtenancy.http.views import clients as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.clients import Client, ClientChange, CreatedClient, DeletionStarted, NewClient
from ragtenancy.wire.pages import Page, PageQuery

ALL = "/api/v1/admin/clients"
ONE = ALL + "/{client_id:str}"


@post(ALL, status_code=201, opt=operator(body=NewClient, fails=(409, 413, 415, 422)))
async def create_client(
    request: AnyRequest,
    admin: NamedDependency[OperatorPrincipal],
    tenants: NamedDependency[Tenants],
) -> Response[CreatedClient]:
    """Create a client; its key is shown this once."""
    asked = await read_json(request, NewClient)
    created = await tenants.create(
        asked.client_id,
        asked.name,
        config=asked.config.filled(),
        namespace=asked.pinecone_namespace,
        created_by=admin.name,
    )
    headers = {"Location": f"{ALL}/{asked.client_id}", **etag(created.tenant.version)}
    return Response(view.created_client(created), status_code=201, headers=headers)


@get(ALL, opt=operator(query=PageQuery))
async def list_clients(
    request: AnyRequest, tenant_records: NamedDependency[TenantRecords]
) -> Page[Client]:
    """List the clients by id."""
    query = read_query(request, PageQuery)
    return page(await tenant_records.page(after=query.after, limit=query.limit), view.client)


@get(ONE, opt=operator(fails=(404,)))
async def read_client(
    request: AnyRequest, tenant_records: NamedDependency[TenantRecords]
) -> Response[Client]:
    """Read a client's record."""
    tenant = await tenant_records.find(path_ids.client_id(request))
    return Response(view.client(tenant), headers=etag(tenant.version))


@patch(ONE, opt=operator(body=ClientChange, fails=(404, 409, 412, 413, 415)))
async def change_client(
    request: AnyRequest, tenant_records: NamedDependency[TenantRecords]
) -> Response[Client]:
    """Rename, suspend or restore a client."""
    asked = await read_json(request, ClientChange)
    tenant = await tenant_records.change(
        path_ids.client_id(request),
        name=asked.name,
        status=None if asked.status is None else TenantStatus(asked.status),
        expected_version=expected_version(request),
    )
    return Response(view.client(tenant), headers=etag(tenant.version))


@delete(ONE, status_code=202, opt=operator(fails=(404,)))
async def delete_client(
    request: AnyRequest,
    admin: NamedDependency[OperatorPrincipal],
    tenant_deletions: NamedDependency[TenantDeletions],
) -> Response[DeletionStarted]:
    """Delete a client with everything it has; its keys end at once."""
    deletion = await tenant_deletions.delete(path_ids.client_id(request), requested_by=admin.name)
    return Response(
        DeletionStarted(deletion_id=deletion.deletion_id),
        status_code=202,
        headers={"Location": f"/api/v1/admin/deletions/{deletion.deletion_id}"},
    )


HANDLERS = (create_client, list_clients, read_client, change_client, delete_client)
