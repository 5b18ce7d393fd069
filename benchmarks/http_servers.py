"""The servers of `make bench-http`: the service, and the same routes written plainly in FastAPI.

`python benchmarks/http_servers.py ours|fastapi FOLDER` serves on a free port and prints it with
the client's key. Both answer from the same documents by the same retriever; the chat model is
scripted. What differs is the shell.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from dependency_injector import providers
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest, Rewrite
from ragtenancy.domain.conversations import Turn
from ragtenancy.domain.usage import Usage
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.settings import Settings

TOKENS = 400
CLIENT = "bench"


class ScriptedModel(ChatModel):
    """Streams a short answer, or a long one: at once, or `PACED` pieces a second.

    A question that ends in "at length" or "slowly" asks for the long ones.
    """

    PACED = 50
    SHORT = 20

    @property
    def name(self) -> str:
        return "scripted"

    async def condense(
        self,
        question: str,
        history: Sequence[Turn],  # noqa: ARG002 - the port's
        *,
        model: str | None = None,  # noqa: ARG002
    ) -> Rewrite:
        return Rewrite(question=question)

    async def stream(self, request: AnswerRequest) -> AsyncIterator[AnswerDelta]:
        slowly = request.asked.endswith("slowly?")
        pause = 1 / self.PACED if slowly else 0.0
        length = TOKENS if slowly or request.asked.endswith("at length?") else self.SHORT
        for number in range(length):
            if pause:
                await asyncio.sleep(pause)
            yield AnswerDelta(text=" [1]." if number % 20 == 19 else " machine")
        yield AnswerDelta(usage=Usage(prompt_tokens=100, completion_tokens=length))


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, port=0)


def announce(port: int, api_key: str) -> None:
    """Print where the server listens; what it logs afterwards is discarded."""
    print(json.dumps({"port": port, "api_key": api_key}), flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def serve_ours(folder: Path) -> None:
    from ragtenancy.http.server import run_server
    from ragtenancy.telemetry import configure_logging

    configure_logging("info", "json")
    container = Container(settings=settings(folder))
    container.chat_model.override(providers.Object(ScriptedModel()))
    api_key = (folder / "key.txt").read_text()
    run_server(
        container, workers=0, on_ready=lambda url: announce(int(url.rpartition(":")[2]), api_key)
    )


def serve_fastapi(folder: Path) -> None:
    """Serve the peer as FastAPI's documentation advises: uvicorn[standard], its defaults."""
    import uvicorn
    from http_fastapi import created

    api_key = (folder / "key.txt").read_text()
    container = Container(settings=settings(folder))
    container.chat_model.override(providers.Object(ScriptedModel()))
    listening = socket.create_server(("127.0.0.1", 0))
    announce(listening.getsockname()[1], api_key)
    app = created(RagTenancy(container), CLIENT, api_key)
    uvicorn.Server(uvicorn.Config(app)).run(sockets=[listening])


class Peer(Struct, frozen=True):
    """A running server."""

    pid: int
    port: int
    api_key: str


if __name__ == "__main__":
    {"ours": serve_ours, "fastapi": serve_fastapi}[sys.argv[1]](Path(sys.argv[2]))
