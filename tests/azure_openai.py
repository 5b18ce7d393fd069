"""A client of Azure OpenAI's protocol for the server on loopback, and what Azure alone streams."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from openai import AsyncOpenAI

from ragtenancy.adapters.openai.client import open_azure_client
from tests.openai_server import Body, OpenAIServer, Reply, chunk, events_reply, usage_chunk

API_VERSION = "2024-10-21"
NOBODYS = {"id": "", "object": "", "created": 0, "model": ""}
SAFE = {
    kind: {"filtered": False, "severity": "safe"}
    for kind in ("hate", "self_harm", "sexual", "violence")
}
PROTECTED = {"protected_material_text": {"detected": True, "filtered": True}}


def prompt_annotation() -> Body:
    """Return the chunk that comes before an answer: what the filter found in the prompt."""
    found = [{"prompt_index": 0, "content_filter_results": SAFE}]
    return {**NOBODYS, "prompt_filter_results": found, "choices": [], "usage": None}


def annotation(results: Body = SAFE, finish: str | None = None) -> Body:
    """Return what the asynchronous filter says of tokens that were sent: a choice without delta."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "content_filter_results": results,
        "content_filter_offsets": {"check_offset": 44, "start_offset": 44, "end_offset": 198},
    }
    return {**NOBODYS, "choices": [choice], "usage": None}


def filtered_stream(*texts: str) -> Reply:
    """Return an answer as a deployment with the asynchronous filter streams it."""
    return events_reply(
        prompt_annotation(),
        chunk({"role": "assistant"}),
        *(chunk({"content": text}) for text in texts),
        annotation(),
        chunk({}, "stop"),
        annotation(),
        usage_chunk(),
    )


@asynccontextmanager
async def azure_client(
    server: OpenAIServer, path: str = "", *, api_version: str | None = API_VERSION
) -> AsyncIterator[AsyncOpenAI]:
    """Open a client of a resource with a key."""
    async with AsyncExitStack() as closers:
        yield open_azure_client(
            server.url.removesuffix("/v1") + path,
            "key",
            api_version,
            closers,
            retries=0,
            timeout=5.0,
        )
