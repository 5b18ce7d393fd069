"""The API description."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from tests.http.service import Service

EXAMPLE = "https://example.com/"  # in examples, which nothing loads
WIRE = re.compile(r"""(?:src|href|\$ref)["']?\s*[=:]\s*["']?https?://|url\(""")


async def description(service: Service) -> Any:
    return (await service.call("GET", "/schema/openapi.json")).json()


def operations(document: Any) -> list[Any]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


async def test_every_operation_is_described(service: Service) -> None:
    found = operations(await description(service))

    assert len(found) == 65
    assert all(operation["summary"].endswith(".") for operation in found)
    assert len({operation["operationId"] for operation in found}) == 65


async def test_every_operation_declares_its_key(service: Service) -> None:
    document = await description(service)
    schemes = document["components"]["securitySchemes"]

    open_ones = {
        path
        for path, methods in document["paths"].items()
        for operation in methods.values()
        if not operation["security"]
    }

    assert open_ones == {"/", "/health", "/livez", "/readyz", "/schema", "/schema/openapi.json"}
    assert schemes["apiKey"]["name"] == "X-API-Key"


async def test_guarded_operations_document_their_problems(service: Service) -> None:
    guarded = [one for one in operations(await description(service)) if one["security"]]

    assert all(
        "application/problem+json" in operation["responses"][status]["content"]
        for operation in guarded
        for status in ("400", "401", "500", "503")
    )


async def test_bodies_have_examples_that_decode(service: Service) -> None:
    chat = (await description(service))["paths"]["/api/v1/chat"]["post"]
    content = chat["requestBody"]["content"]["application/json"]

    assert content["example"]["message"]
    assert "text/event-stream" in chat["responses"]["200"]["content"]


async def test_every_reference_resolves(service: Service) -> None:
    document = await description(service)
    text = msgspec.json.encode(document).decode()

    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))

    assert names <= set(document["components"]["schemas"])
    assert "\\\\A" not in text


@pytest.mark.parametrize("path", ["/schema", "/schema/openapi.json"])
async def test_the_page_loads_nothing_external(service: Service, path: str) -> None:
    reply = await service.call("GET", path)

    assert not WIRE.search(reply.text.replace(EXAMPLE, ""))
    assert "<script" not in reply.text
