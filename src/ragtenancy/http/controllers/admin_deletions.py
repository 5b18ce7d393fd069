"""Receipts of clients' deletions."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from ragtenancy.app.tenants.deletions import TenantDeletions
from ragtenancy.http import path_ids
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.operations import operator
from ragtenancy.http.views import clients as view
from ragtenancy.wire.clients import Deletion


@get("/api/v1/admin/deletions/{deletion_id:str}", opt=operator(fails=(404,)))
async def read_deletion(
    request: AnyRequest, tenant_deletions: NamedDependency[TenantDeletions]
) -> Deletion:
    """Read how far a client's deletion is: counts per store, verified to zero."""
    return view.deletion(await tenant_deletions.get(path_ids.deletion_id(request)))


HANDLERS = (read_deletion,)
