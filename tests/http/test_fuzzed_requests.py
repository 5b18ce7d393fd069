"""Whatever a request holds, the reply is no server error and speaks of the API alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.http.service import OPERATOR, Service
from tests.http.test_described_replies import DESCRIPTION, OPERATIONS, Operation, filled, name_of

INTERNALS = re.compile(
    r"regex|msgspec|[Ss]truct|NoneType|\b(None|True|False|str|int|dict|bool|datetime)\b"
    r"|<class|object at 0x|Expected `|got `|Annotated|UNSET|ValidationError|Traceback|\\[AZ]"
)
WORDS = st.sampled_from(
    ["", " ", "x", "a b", "null", "-1", "\0", "é" * 130, "x" * 8_001, "2026-01-01T00:00:00"]
)
NUMBERS = st.sampled_from([0, -1, 1, 1.5, 1e308, 2**53, 2**70])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
FUZZED = [each for each in OPERATIONS if each.method != "DELETE" and each.described["security"]]


def properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of a schema, an inline one or a component."""
    kinds = [schema, *schema.get("anyOf", ())]
    named = [kind["$ref"].rpartition("/")[2] for kind in kinds if "$ref" in kind]
    found: Mapping[str, Any] = schema.get("properties", {})
    return DESCRIPTION["components"]["schemas"][named[0]]["properties"] if named else found


def objects(schema: Mapping[str, Any], depth: int = 2) -> st.SearchStrategy[Any]:
    """Return objects with the properties of a schema, whose values may be anything."""
    fields = {
        name: VALUES | objects(field, depth - 1) if depth and properties(field) else VALUES
        for name, field in properties(schema).items()
    }
    return st.fixed_dictionaries({}, optional=fields) | VALUES


def requests(operation: Operation) -> st.SearchStrategy[dict[str, Any]]:
    """Return requests for an operation: its example, with some parts replaced."""
    parameters = {
        kind: {p["name"]: WORDS for p in operation.described["parameters"] if p["in"] == kind}
        for kind in ("query", "header")
    }
    content = operation.described.get("requestBody", {}).get("content", {}).get("application/json")
    changes = objects(content["schema"]) if content else st.none()
    return st.fixed_dictionaries(
        {
            "params": st.fixed_dictionaries({}, optional=parameters["query"]),
            "headers": st.fixed_dictionaries({}, optional=parameters["header"]),
            "json": changes.map(lambda change: changed(operation.example, change)),
        }
    )


def changed(example: Any, change: Any) -> Any:
    if isinstance(example, dict) and isinstance(change, dict):
        return {**example, **change}
    return change


async def detail(service: Service, path: str, key: str, found: Any) -> str:
    """Return what the reply to a method and request says is wrong, "" if nothing."""
    method, request = found
    headers = {name: value.encode() for name, value in request["headers"].items()}
    body = {"content": msgspec.json.encode(request["json"])} if request["json"] is not None else {}
    reply = await service.call(method, path, key, params=request["params"], headers=headers, **body)
    assert reply.status_code < 500, reply.text
    return str(reply.json()["detail"]) if reply.status_code >= 400 else ""


@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_message_speaks_of_the_program(data: st.DataObject) -> None:
    chosen = [(each, data.draw(requests(each), label=name_of(each))) for each in FUZZED]

    said = asyncio.run(all_details(chosen))

    assert [text for text in said if INTERNALS.search(text)] == []


async def all_details(chosen: list[tuple[Operation, dict[str, Any]]]) -> list[str]:
    service = Service()
    async with service.container.closers(), service.http:
        keys = {True: OPERATOR, False: await service.create()}
        await service.create("changed")
        return [
            await detail(
                service,
                filled(each, client_id="changed", store_id="vs_acme"),
                keys[each.operators],
                (each.method, request),
            )
            for each, request in chosen
        ]
