"""The description of the API, as OpenAPI and as a plain page."""

from __future__ import annotations

import msgspec
from litestar import Litestar, Response, get
from msgspec import Struct

from ragtenancy.http import openapi
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.docs_page import POLICY, docs_page
from ragtenancy.http.operations import opened


@get("/schema/openapi.json", opt=opened())
async def read_openapi(request: AnyRequest) -> Response[bytes]:
    """Read the OpenAPI description."""
    return Response(_described(request.app).openapi, media_type="application/json")


@get("/schema", opt=opened())
async def read_docs(request: AnyRequest) -> Response[bytes]:
    """Read the API as a page without scripts."""
    return Response(
        _described(request.app).page,
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )


class _Description(Struct, frozen=True, kw_only=True):
    openapi: bytes
    page: bytes


def _described(app: Litestar) -> _Description:
    """Return the description, made when it is first asked for: a start need not wait for it."""
    if "description" not in app.state:
        description = openapi.describe(app)
        app.state.description = _Description(
            openapi=msgspec.json.encode(description), page=docs_page(description).encode()
        )
    described: _Description = app.state.description
    return described


HANDLERS = (read_openapi, read_docs)
