"""Azure's addresses as its portals show them, over real sockets and the official SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ragtenancy.adapters.openai.azure_address import AzureAddress
from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import OpenAIProbe
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from tests import vendor_refusals as vendor
from tests.azure_openai import azure_client
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    embedding_reply,
    json_reply,
    openai_server,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))
LATEST = "2025-04-01-preview"


def azure(path: str, body: Body) -> Reply:
    """Answer as a resource with deployments `chat` (o3-mini) and `vectors` does.

    Dated paths follow learn.microsoft.com, "Azure OpenAI API version lifecycle", last generation;
    v1 paths its next generation. A dated version before 2024-12-01-preview is refused as in
    microsoft/genaiscript#1121.
    """
    route, _, query = path.partition("?")
    deployment, dated = body.get("model"), "api-version=20" in query
    if route in ("/openai/models", "/openai/v1/models"):
        return json_reply({"object": "list", "data": []})
    if dated and not route.startswith("/openai/deployments/"):
        return vendor.RESOURCE_NOT_FOUND
    if dated and query < "api-version=2024-12-01":
        return vendor.OLD_API_VERSION
    if not dated and not route.startswith("/openai/v1/"):
        return vendor.RESOURCE_NOT_FOUND
    if deployment not in ("chat", "vectors"):
        return vendor.DEPLOYMENT_NOT_FOUND
    return embedding_reply(body) if "/embeddings" in route else stream_reply("Yes [1].")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(azure) as served:
        yield served


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("", f"/openai/deployments/chat/chat/completions?api-version={LATEST}"),
        ("/", f"/openai/deployments/chat/chat/completions?api-version={LATEST}"),
        ("/openai", f"/openai/deployments/chat/chat/completions?api-version={LATEST}"),
        ("/openai/v1", "/openai/v1/chat/completions"),
        ("/openai/v1/", "/openai/v1/chat/completions"),
        ("/openai/v1/chat/completions", "/openai/v1/chat/completions"),
        ("/openai/v1/?api-version=preview", "/openai/v1/chat/completions?api-version=preview"),
        (
            "/openai/deployments/gpt-5/chat/completions?api-version=2025-01-01-preview",
            "/openai/deployments/chat/chat/completions?api-version=2025-01-01-preview",
        ),
        (
            "/openai/responses?api-version=2025-04-01-preview",
            f"/openai/deployments/chat/chat/completions?api-version={LATEST}",
        ),
    ],
)
async def test_an_address_of_the_portal_reaches_the_deployment(
    server: OpenAIServer, path: str, asked: str
) -> None:
    async with azure_client(server, path, api_version=None) as client:
        await anext(OpenAIChatModel(client, "chat").stream(REQUEST))
        vectors = await OpenAIEmbedder(client, "vectors").embed(["a"])
        health = await OpenAIProbe(client, name="azure_openai").check()

    assert server.paths[0] == asked
    assert (vectors.shape, health.connected) == ((1, 1536), True)


async def test_a_version_that_the_operator_sets_replaces_the_addresss(server: OpenAIServer) -> None:
    path = "/openai/deployments/x/chat/completions?api-version=2023-05-15"

    async with azure_client(server, path, api_version="2025-03-01-preview") as client:
        await anext(OpenAIChatModel(client, "chat").stream(REQUEST))

    assert server.paths[0].endswith("api-version=2025-03-01-preview")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://x.services.ai.azure.com",
        "https://x.services.ai.azure.com/api/projects/p",
        "https://x.services.ai.azure.com/models/chat/completions",
    ],
)
def test_foundrys_addresses_mean_the_resource(endpoint: str) -> None:
    address = AzureAddress.of(endpoint)

    assert (address.resource, address.v1) == ("https://x.services.ai.azure.com", False)


def test_a_gateway_keeps_its_path() -> None:
    address = AzureAddress.of("https://gateway.example/team/openai/v1/")

    assert address.base_url == "https://gateway.example/team/openai/v1/"
