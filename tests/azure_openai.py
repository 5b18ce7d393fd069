"""A client of Azure OpenAI's protocol for the server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from openai import AsyncAzureOpenAI

from ragtenancy.adapters.openai.azure import open_azure_client
from tests.openai_server import OpenAIServer

API_VERSION = "2024-10-21"


@asynccontextmanager
async def azure_client(
    server: OpenAIServer,
) -> AsyncIterator[AsyncAzureOpenAI]:
    """Open a client of a resource with a key."""
    async with AsyncExitStack() as closers:
        yield open_azure_client(
            server.url.removesuffix("/v1"),
            "key",
            API_VERSION,
            closers,
            retries=0,
            timeout=5.0,
        )
