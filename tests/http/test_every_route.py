"""Rules that hold for every route of the table."""

from __future__ import annotations

import json
from typing import Any, cast, get_type_hints

import pytest
from msgspec import Struct, structs
from msgspec.structs import fields

from ragtenancy.http.app import CONTROLLERS
from ragtenancy.http.auth import Credential
from ragtenancy.http.route import Route
from ragtenancy.wire.pages import PageQuery
from tests.http.service import GUIDE, OPERATOR, Service
from tests.http.test_mcp import connected, structured

IDS = {"client_id": "acme", "session_id": "s1", "store_id": "vs_acme"}
HIDDEN = ["\n", "\x1b", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\ufeff"]


def kind_of(route: Route, name: str) -> type[Struct]:
    """Return the Struct of a route's `body` or `query`; `Struct` itself if it has none."""
    return cast("type[Struct]", get_type_hints(route.handle).get(name, Struct))


def path_of(route: Route) -> str:
    names = [part[1:-1].removesuffix(":str") for part in route.path.split("/") if "{" in part]
    path = route.path.replace(":str}", "}")
    return path.format(**{name: IDS.get(name, f"x_{'a' * 26}") for name in names})


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


ROUTES: list[Route] = [route for module in CONTROLLERS for route in module.ROUTES]
LISTS = [route for route in ROUTES if issubclass(kind_of(route, "query"), PageQuery)]
TEXTS = ("after", "client_id", "session_id", "user_id")  # of which "null" is one
OPTIONAL = [
    (route, field.encode_name)
    for route in ROUTES
    for field in fields(kind_of(route, "query"))
    if field.default is None and field.name not in TEXTS
]
BODIES = [route for route in ROUTES if kind_of(route, "body") is not Struct]


def key_for(route: Route, own: str) -> str:
    return OPERATOR if route.options["credential"] is Credential.OPERATOR else own


async def test_options_names_every_method_of_each_path(service: Service) -> None:
    methods: dict[str, set[str]] = {}
    for route in ROUTES:
        methods.setdefault(path_of(route), {"OPTIONS"}).add(route.method)

    told = {path: await service.call("OPTIONS", path) for path in methods}

    assert {reply.status_code for reply in told.values()} == {204}
    allowed = {path: reply.headers["allow"].split(", ") for path, reply in told.items()}
    assert {path: set(names) - {"HEAD"} for path, names in allowed.items()} == methods
    assert all(names == sorted(names) for names in allowed.values())


async def test_a_refused_method_is_told_every_method_of_each_path(service: Service) -> None:
    paths = {path_of(route) for route in ROUTES}

    for path in paths:
        options = await service.call("OPTIONS", path)
        refused = await service.call("PUT", path, OPERATOR)
        if refused.status_code == 405:
            assert refused.headers["allow"] == options.headers["allow"], path


@pytest.mark.parametrize("route", LISTS, ids=name_of)
async def test_a_list_refuses_the_cursor_of_another(service: Service, route: Route) -> None:
    key, other = await service.create(), await service.create("rival")
    for number in range(2):
        await service.ingest(other, GUIDE, f"{number}.md")
    page = await service.call("GET", "/api/v1/ingest/documents", other, params={"limit": 1})
    after = page.json()["next"]

    reply = await service.call("GET", path_of(route), key_for(route, key), params={"after": after})

    assert after
    problem = reply.json()
    assert (reply.status_code, problem["code"], problem["field"]) == (
        400,
        "invalid_cursor",
        "$.after",
    )


@pytest.mark.parametrize(
    ("route", "name"), OPTIONAL, ids=[f"{name_of(route)} {name}" for route, name in OPTIONAL]
)
async def test_a_query_parameter_that_is_given_is_not_null(
    service: Service, route: Route, name: str
) -> None:
    key = key_for(route, await service.create())

    reply = await service.call("GET", path_of(route), key, params={name: "null"})

    assert (reply.status_code, reply.json()["field"]) == (400, f"$.{name}")


@pytest.mark.parametrize("text", ["0.5", "-1", "1767268800"])
async def test_seconds_are_not_a_date_and_time(service: Service, text: str) -> None:
    key = await service.create()

    reply = await service.call("GET", "/api/v1/chat/feedback", key, params={"to": text})

    assert (reply.status_code, reply.json()["field"]) == (400, "$.to")


async def test_a_list_takes_its_own_cursor(service: Service) -> None:
    key = await service.create()
    for number in range(3):
        await service.ingest(key, GUIDE, f"{number}.md")
    named: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        params: Any = {"limit": 1, **after}
        page = (await service.call("GET", "/api/v1/ingest/documents", key, params=params)).json()
        named += [each["filename"] for each in page["items"]]
        after = {"after": page["next"]}

    assert named == ["0.md", "1.md", "2.md"]
    assert after == {"after": None}


async def test_the_tool_refuses_the_cursor_of_a_route(service: Service) -> None:
    key = await service.create()
    for number in range(2):
        await service.ingest(key, GUIDE, f"{number}.md")
    page = await service.call("GET", "/api/v1/ingest/documents", key, params={"limit": 1})

    async with connected(service, key) as client:
        own = structured(await client.call_tool("list_documents", {"limit": 1}))
        more = structured(await client.call_tool("list_documents", {"after": own["next"]}))
        foreign = await client.call_tool("list_documents", {"after": page.json()["next"]})

    assert [each["filename"] for each in more["items"]] == ["1.md"]
    assert foreign.is_error
    assert "invalid_cursor" in str(foreign.content)


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("route", BODIES, ids=name_of)
async def test_a_body_with_a_repeated_field_is_refused(
    service: Service, route: Route, *, nested: bool
) -> None:
    key = key_for(route, await service.create())
    body = b'{"a": {"b": 1, "\\u0062": 2}}' if nested else b'{"a": 1, "a": 1}'
    sent = {"Content-Type": "application/json"}

    reply = await service.call(route.method, path_of(route), key, content=body, headers=sent)

    assert (reply.status_code, reply.json()["code"]) == (400, "repeated_field")


async def test_metadata_with_a_repeated_field_is_refused(service: Service) -> None:
    key = await service.create()

    reply = await service.upload(key, fields={"metadata": '{"year": 1, "year": 2}'})

    assert (reply.status_code, reply.json()["code"]) == (400, "repeated_field")


async def test_a_message_of_mcp_with_a_repeated_field_is_refused(service: Service) -> None:
    key = await service.create()
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    twice = body[:-1] + ', "method": "tools/call"}'
    sent = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}

    reply = await service.call("POST", "/mcp", key, content=twice, headers=sent)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, -32600)
    assert "method" in reply.json()["error"]["message"]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("field", ["name", "label"])
async def test_a_name_with_hidden_characters_is_refused(
    service: Service, field: str, hidden: str
) -> None:
    await service.create()
    given = f"Acme{hidden}Inc"
    method, path = {"name": ("PATCH", "clients/acme"), "label": ("POST", "clients/acme/keys")}[
        field
    ]

    reply = await service.operate(method, path, json={field: given})

    problem = reply.json()
    assert (reply.status_code, problem["field"]) == (400, f"$.{field}")
    assert "control" in problem["detail"]


async def test_a_client_of_a_name_with_hidden_characters_is_refused(service: Service) -> None:
    body = {"client_id": "acme", "name": "Acme\u202eInc"}

    assert (await service.operate("POST", "clients", json=body)).status_code == 400


def test_every_name_and_label_of_a_body_is_bounded() -> None:
    """A new body whose `name`, `label` or `title` is plain text fails here."""
    found = {
        (name_of(route), field.name): str(field.type)
        for route in BODIES
        for field in structs.fields(kind_of(route, "body"))
        if field.name in {"name", "label", "title"}
    }

    assert found
    assert [place for place, kind in found.items() if "061c" not in kind] == []
