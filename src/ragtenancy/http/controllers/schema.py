"""The description of the API, as OpenAPI and as a plain page."""

from __future__ import annotations

import msgspec
from litestar import Litestar, Response, get

from ragtenancy.http import openapi
from ragtenancy.http.connections import AnyRequest
from ragtenancy.http.docs_page import POLICY, docs_page
from ragtenancy.http.operations import opened


@get("/schema/openapi.json", opt=opened())
async def read_openapi(request: AnyRequest) -> Response[bytes]:
    """Read the OpenAPI description."""
    return Response(request.app.state.openapi, media_type="application/json")


@get("/schema", opt=opened())
async def read_docs(request: AnyRequest) -> Response[bytes]:
    """Read the API as a page without scripts."""
    return Response(
        request.app.state.docs_page,
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY},
    )


def describe(app: Litestar) -> None:
    """Render the description once, when the application is made."""
    description = openapi.describe(app)
    app.state.openapi = msgspec.json.encode(description)
    app.state.docs_page = docs_page(description).encode()


HANDLERS = (read_openapi, read_docs)
