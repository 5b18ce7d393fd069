"""A client's view of itself, and search."""

from __future__ import annotations

from ragtenancy.app.search.search import DocumentSearch
from ragtenancy.app.tenants.views import TenantViews
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.failures import EMBEDDING
from ragtenancy.http.route import tenant_route
from ragtenancy.http.views import clients as client_view
from ragtenancy.http.views import search as view
from ragtenancy.wire.clients import OwnClient
from ragtenancy.wire.search import SearchReply, SearchRequest


@tenant_route("GET", "/api/v1/client", None)
async def read_own_client(caller: TenantPrincipal, tenant_views: TenantViews) -> OwnClient:
    """Read the calling client's name, greeting, features, limits and usage."""
    return client_view.own(await tenant_views.own(caller.scope))


@tenant_route("POST", "/api/v1/search", Scope.SEARCH, fails=(413, 415, *EMBEDDING))
async def search(
    body: SearchRequest, caller: TenantPrincipal, search: DocumentSearch
) -> SearchReply:
    """Find the best chunks of the client's documents for a question."""
    found = await search.search(caller.scope, view.request(body, caller.key_id))
    return view.reply(found, caller.scope.tenant_id)


ROUTES = (read_own_client, search)
