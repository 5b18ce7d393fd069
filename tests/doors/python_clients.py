"""OpenAI's and LangChain's Python clients and the MCP SDK, used as their documentation shows.

`URL KEY STRANGER`: the server, a client's key, and the key of another client without documents.
Prints a line for each thing tried; ends with 1 at the first that is not as it must be.
"""

from __future__ import annotations

import asyncio
import sys

import httpx2
import openai
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from openai import OpenAI

URL, KEY, STRANGER = sys.argv[1:]
QUESTION = "What is the code of the safe?"


def expect(what: str, holds: object) -> None:
    sys.stdout.write(f"{'ok   ' if holds else 'WRONG'} {what}\n")
    sys.stdout.flush()
    if not holds:
        sys.exit(1)


def with_openai() -> None:
    client = OpenAI(base_url=f"{URL}/v1", api_key=KEY)
    asked = {"model": "ragtenancy", "messages": [{"role": "user", "content": QUESTION}]}
    reply = client.chat.completions.create(**asked)
    message = reply.choices[0].message
    expect("openai: a completion answers", "4711" in message.content)
    expect("openai: with a citation", message.annotations[0].file_citation["filename"] == "note.md")
    chunks = list(client.chat.completions.create(**asked, stream=True))
    told = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    expect("openai: a stream tells the same", told == message.content)
    expect("openai: models are listed", client.models.list().data[0].id == "ragtenancy")
    vector = client.embeddings.create(model="any", input="safe").data[0].embedding
    expect("openai: embeddings have norm 1", abs(sum(x * x for x in vector) - 1) < 1e-4)
    store = client.vector_stores.list().data[0]
    found = client.vector_stores.search(store.id, query="safe")
    expect("openai: the vector store is searched", found.data[0].filename == "note.md")
    try:
        OpenAI(base_url=f"{URL}/v1", api_key="sk-wrong", max_retries=0).models.list()
    except openai.AuthenticationError as error:
        expect("openai: a wrong key is an AuthenticationError", error.code == "unauthenticated")
    stranger = OpenAI(base_url=f"{URL}/v1", api_key=STRANGER)
    refused = stranger.chat.completions.create(**asked)
    expect("openai: another client knows nothing", "4711" not in refused.choices[0].message.content)


def with_langchain() -> None:
    model = ChatOpenAI(base_url=f"{URL}/v1", api_key=KEY, model="ragtenancy")
    expect("langchain: invoke answers", "4711" in model.invoke(QUESTION).content)
    told = "".join(str(chunk.content) for chunk in model.stream(QUESTION))
    expect("langchain: stream answers", "4711" in told)
    follow_up = [("human", "Is there a safe?"), ("ai", "Yes."), ("human", "What is its code?")]
    expect("langchain: messages are the memory", "4711" in model.invoke(follow_up).content)
    embeddings = OpenAIEmbeddings(
        base_url=f"{URL}/v1", api_key=KEY, check_embedding_ctx_length=False
    )
    expect("langchain: embeddings embed", len(embeddings.embed_query("safe")) > 100)


async def with_mcp(mode: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http_client:
        transport = streamable_http_client(f"{URL}/mcp", http_client=http_client)
        async with Client(transport, mode=mode) as client:
            version = client.session.protocol_version
            names = [tool.name for tool in (await client.list_tools()).tools]
            expect(f"mcp {version}: four tools", len(names) == 4)
            reply = await client.call_tool("ask", {"question": QUESTION})
            expect(f"mcp {version}: ask answers", "4711" in reply.structured_content["answer"])
            wrong = await client.call_tool("search", {"query": "x", "client_id": "other"})
            expect(f"mcp {version}: an unknown argument is refused", wrong.is_error)


with_openai()
with_langchain()
asyncio.run(with_mcp("auto"))
asyncio.run(with_mcp("legacy"))
