"""Search."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency

from ragtenancy.app.search.search import DocumentSearch
from ragtenancy.domain.api_keys import Scope
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.bodies import read_json
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.operations import tenant
from ragtenancy.http.views import search as view
from ragtenancy.wire.search import SearchReply, SearchRequest


@post(
    "/api/v1/search",
    status_code=200,
    opt=tenant(Scope.SEARCH, body=SearchRequest, fails=(413, 415, 502, 504)),
)
async def search(
    request: AnyRequest,
    caller: NamedDependency[TenantPrincipal],
    search: NamedDependency[DocumentSearch],
) -> SearchReply:
    """Find the best chunks of the client's documents for a question."""
    asked = await read_json(request, SearchRequest)
    found = await search.search(caller.scope, view.request(asked))
    return view.reply(found, caller.scope.tenant_id)


HANDLERS = (search,)
