"""Routes are read, guarded and described by what their handlers declare."""

from __future__ import annotations

import httpx
import pytest
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.container import Container
from ragtenancy.domain.api_keys import Scope as KeyScope
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.http.auth import Credential, guard, require_declared
from ragtenancy.http.bad_keys import BadKeys
from ragtenancy.http.gate import Gate
from ragtenancy.http.openapi import describe
from ragtenancy.http.problems import Problems
from ragtenancy.http.route import public_route, tenant_route
from ragtenancy.settings import Settings


class Wish(Struct, forbid_unknown_fields=True):
    colour: str


class Which(Struct):
    size: int = 3


class Paint:
    def mixed(self, colour: str) -> str:
        return colour.upper()


@public_route("POST", "/paint/{document_id:str}", status=201)
async def paint(
    document_id: DocumentId,
    body: Wish,
    query: Which,
    expected_version: int | None,
    shop: Paint,
) -> Wish:
    """Paint."""
    return Wish(f"{document_id} {shop.mixed(body.colour)} {query.size} {expected_version}")


async def unreached(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError(scope, receive, send)


def application(*handlers: object) -> Litestar:
    return Litestar(
        [*handlers],  # type: ignore[list-item]
        exception_handlers={Exception: Problems(PrometheusMetrics())},
        openapi_config=None,
    )


async def painted(**given: object) -> httpx.Response:
    app = application(paint.bound({"shop": Paint}))
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
        return await client.post("/paint/doc_1?size=5", **given)  # type: ignore[arg-type]


async def test_a_handler_is_given_what_it_declares() -> None:
    reply = await painted(json={"colour": "red"}, headers={"If-Match": '"7"'})

    assert reply.status_code == 201
    assert reply.json() == {"colour": "doc_1 RED 5 7"}


@pytest.mark.parametrize("body", [{}, {"colour": 1}, {"colour": "red", "other": 1}])
async def test_what_the_body_lacks_is_told(body: object) -> None:
    assert (await painted(json=body)).status_code == 400


def test_the_description_is_made_of_the_same_parameters() -> None:
    operation = describe(application(paint.bound({"shop": Paint})))["paths"]["/paint/{document_id}"]

    post = operation["post"]
    assert post["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("Wish")
    named = [parameter["name"] for parameter in post["parameters"]]
    assert named == ["document_id", "size", "If-Match"]
    assert list(post["responses"]) == ["201", "408", "431", "500", "503"]


def test_a_parameter_that_nothing_gives_is_refused_at_start() -> None:
    with pytest.raises(ConfigurationError, match="shop"):
        paint.bound({})


def test_a_route_that_names_no_key_is_refused_at_start() -> None:
    mounted = asgi("/mounted", is_mount=True, copy_scope=True)(unreached)

    with pytest.raises(ConfigurationError, match="credential"):
        require_declared(application(mounted))


async def test_an_application_that_is_mounted_is_guarded_as_it_declares() -> None:
    declared = {"credential": Credential.TENANT, "scope": KeyScope.CHAT}
    mounted = asgi("/mounted", is_mount=True, copy_scope=True, opt=declared)(unreached)

    container = Container(settings=Settings(storage="memory"))
    nobody = container.authenticator()
    bad_keys = BadKeys(container.clock(), per_minute=10, trusted_proxies=0)
    gate = Gate(container.admission(), container.request_limits(), container.configs())
    app = Litestar(
        [mounted],
        guards=[guard(nobody, bad_keys, gate)],
        exception_handlers={Exception: Problems(PrometheusMetrics())},
        openapi_config=None,
    )
    require_declared(app)

    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://local") as client:
        assert (await client.get("/mounted/x")).status_code == 401


def test_a_route_of_a_tenant_names_its_scope() -> None:
    route = tenant_route("GET", "/x", KeyScope.INGEST, fails=(404,))(paint.handle)

    assert route.options["credential"] is Credential.TENANT
    assert route.options["scope"] is KeyScope.INGEST
    assert 404 in route.options["fails"]  # type: ignore[operator]
