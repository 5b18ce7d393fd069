"""A client's view of itself."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from ragtenancy.app.tenants.views import TenantViews
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.operations import tenant
from ragtenancy.http.views import clients as view
from ragtenancy.wire.clients import OwnClient


@get("/api/v1/client", opt=tenant(None))
async def read_own_client(
    caller: NamedDependency[TenantPrincipal],
    tenant_views: NamedDependency[TenantViews],
) -> OwnClient:
    """Read what the client may know of itself."""
    return view.own(await tenant_views.own(caller.scope))


HANDLERS = (read_own_client,)
