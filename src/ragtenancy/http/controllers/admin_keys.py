"""The operator's side of keys."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.di import NamedDependency

from ragtenancy.app.api_keys import ApiKeys
from ragtenancy.domain.api_keys import ALL_SCOPES
from ragtenancy.http import path_ids
from ragtenancy.http.bodies import read_json, read_query
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.operations import operator
from ragtenancy.http.views import clients as view
from ragtenancy.http.views.pages import page
from ragtenancy.wire.clients import CreatedKey, Key, NewKey
from ragtenancy.wire.pages import Page, PageQuery

KEYS = "/api/v1/admin/clients/{client_id:str}/keys"


@post(KEYS, status_code=201, opt=operator(body=NewKey, fails=(404, 413, 415, 422)))
async def create_key(request: AnyRequest, api_keys: NamedDependency[ApiKeys]) -> CreatedKey:
    """Make a key for a client; it is shown this once."""
    client_id = path_ids.client_id(request)
    asked = await read_json(request, NewKey, optional=True)
    issued = await api_keys.issue(
        client_id,
        label=asked.label,
        scopes=asked.scopes or ALL_SCOPES,
        expires_at=asked.expires_at,
    )
    return view.created_key(issued)


@get(KEYS, opt=operator(query=PageQuery, fails=(404,)))
async def list_keys(request: AnyRequest, api_keys: NamedDependency[ApiKeys]) -> Page[Key]:
    """List a client's key records, oldest first; never a key."""
    query = read_query(request, PageQuery)
    client_id = path_ids.client_id(request)
    return page(await api_keys.page(client_id, after=query.after, limit=query.limit), view.key)


@delete(KEYS + "/{key_id:str}", opt=operator(fails=(404,)))
async def revoke_key(request: AnyRequest, api_keys: NamedDependency[ApiKeys]) -> None:
    """Revoke a key at once; twice is fine."""
    await api_keys.revoke(path_ids.client_id(request), path_ids.key_id(request))


HANDLERS = (create_key, list_keys, revoke_key)
