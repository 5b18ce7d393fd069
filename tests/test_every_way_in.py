"""Every turn runs the one compiled graph, whichever way it comes in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from dependency_injector import providers
from langgraph.config import get_stream_writer
from typer.testing import CliRunner

from ragtenancy import RagTenancy
from ragtenancy.app.chat.events import Token, TurnState
from ragtenancy.app.chat.graph import GroundedNodes, Update
from ragtenancy.cli.app import app as cli
from ragtenancy.container import Container
from ragtenancy.http.app import create_app
from ragtenancy.settings import Settings, load_settings
from tests.scripted.embeddings import ScriptedEmbedder

REPLACED = "This node was replaced."
BODY = {"message": "How long is the refund period?"}


class ReplacedRefusal(GroundedNodes):
    """The product's nodes, one of them replaced."""

    async def refuse(self, state: TurnState) -> Update:  # noqa: ARG002
        get_stream_writer()(Token(text=REPLACED))
        return {"answer": REPLACED, "grounded": False}


@pytest.fixture
async def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Make a client in a data folder that every way in opens, with a node replaced."""
    monkeypatch.setenv("RAGTENANCY_DATA_DIR", str(tmp_path))
    async with RagTenancy.open(Settings(data_dir=tmp_path), worker=False) as rag:
        created = await rag.create_tenant("acme")
    replaced = providers.Factory(
        ReplacedRefusal,
        Container.chat_model,
        Container.passages,
        Container.overviews,
        Container.manifests,
        Container.lexicons,
        Container.token_counter,
    )
    with (
        Container.embedder.override(providers.Singleton(ScriptedEmbedder)),
        Container.chat_nodes.override(replaced),
    ):
        yield created.api_key


async def post(key: str, body: dict[str, Any]) -> httpx.Response:
    container = Container(settings=load_settings())
    transport = httpx.ASGITransport(app=cast("Any", create_app(container)))
    async with (
        container.closers(),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        return await http.post("/api/v1/chat", json=body, headers={"X-API-Key": key})


async def test_json(key: str) -> None:
    assert (await post(key, BODY)).json()["answer"] == REPLACED


async def test_stream(key: str) -> None:
    events = (await post(key, {**BODY, "stream": True})).text

    assert json.loads(events.rpartition("data: ")[2])["answer"] == REPLACED


@pytest.mark.usefixtures("key")
async def test_package() -> None:
    async with RagTenancy.open(worker=False) as rag:
        reply = await rag.tenant("acme").ask(BODY["message"])

    assert reply.answer == REPLACED


@pytest.mark.usefixtures("key")
async def test_command_line() -> None:
    asked = ["ask", "--client", "acme", BODY["message"]]

    result = await asyncio.to_thread(CliRunner().invoke, cli, asked)

    assert result.stdout.strip() == REPLACED
