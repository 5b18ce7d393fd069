"""Deployments that refuse, in health: after three failed turns, or at the start."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ragtenancy import RagTenancy
from ragtenancy.app.health import HealthChecks
from ragtenancy.container import Container
from ragtenancy.domain.errors import RagTenancyError
from ragtenancy.domain.health import HealthStatus
from ragtenancy.settings import load_settings
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    completion_reply,
    embedding_reply,
    error_reply,
    openai_server,
    stream_reply,
)

TURN_ONLY = {"messages"}


def sound(path: str, body: Body) -> Reply:
    if path.endswith("/embeddings"):
        return embedding_reply(body)
    if path.endswith("/models"):
        return embedding_reply({"input": []})
    return stream_reply("At nine [1].") if body.get("stream") else completion_reply("A square.")


def refusing(kind: str, reply: Reply) -> object:
    """Return a server's replies, of which those of one kind of model are refusals."""

    def replied(path: str, body: Body) -> Reply:
        if path.endswith("/embeddings"):
            found = "embeddings"
        elif path.endswith("/chat/completions"):
            found = "chat" if body.get("stream") else "images"
        else:
            found = "models"
        return reply if found == kind else sound(path, body)

    return replied


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(sound) as served:
        yield served


@pytest.fixture
async def container(server: OpenAIServer, tmp_path: Path) -> AsyncIterator[Container]:
    settings = load_settings(
        {
            "RAGTENANCY_DATA_DIR": str(tmp_path / "data"),
            "OPENAI_BASE_URL": server.url,
            "OPENAI_MODEL": "answers",
            "OPENAI_EMBEDDING_MODEL": "vectors",
            "OPENAI_EMBEDDING_DIMENSION": "1536",
            "OPENAI_VISION_MODEL": "pictures",
        }
    )
    container = Container(settings=settings)
    async with RagTenancy.open(container=container):
        yield container


async def states(container: Container) -> dict[str, str]:
    health = await HealthChecks(container.probes(), container.clock()).check()
    return {
        name.removeprefix("openai_"): f"{state} {health.reasons.get(name, '')}".strip()
        for name, state in health.services.items()
        if name.startswith("openai_")
    }


FINE = dict.fromkeys(("chat", "embeddings", "images"), "connected")


async def test_models_that_answer_are_connected(container: Container) -> None:
    await container.model_trials().run()

    assert await states(container) == FINE


@pytest.mark.parametrize("kind", ["chat", "embeddings", "images"])
@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error_reply(404, "DeploymentNotFound"), "refusing model_not_found"),
        (error_reply(410), "refusing model_retired"),
        (error_reply(400, "content_filter"), "refusing content_filter"),
        (error_reply(401), "refusing backend_auth"),
    ],
    ids=["misnamed", "retired", "filtered", "refused"],
)
async def test_a_deployment_that_refuses_at_the_start_is_told(
    container: Container, server: OpenAIServer, kind: str, reply: Reply, told: str
) -> None:
    server.reply = refusing(kind, reply)  # type: ignore[assignment]

    await container.model_trials().run()

    assert await states(container) == {**FINE, kind: told}


async def test_a_deployment_that_refuses_three_turns_is_told_until_it_answers(
    container: Container, server: OpenAIServer
) -> None:
    rag = RagTenancy(container)
    await rag.create_tenant("acme")
    acme = rag.tenant("acme")
    await acme.ingest(b"The office opens at nine.", filename="office.txt")
    server.reply = refusing("chat", error_reply(404))  # type: ignore[assignment]
    found = []
    for _ in range(3):
        with suppress(RagTenancyError):
            await acme.ask("When does the office open?")
        found.append((await states(container))["chat"])
    server.reply = sound
    await acme.ask("When does the office open?")

    assert found == ["connected", "connected", "refusing model_not_found"]
    assert (await states(container))["chat"] == "connected"


async def test_a_refusing_model_degrades_and_does_not_fail(
    container: Container, server: OpenAIServer
) -> None:
    server.reply = refusing("chat", error_reply(404))  # type: ignore[assignment]

    await container.model_trials().run()

    assert (await container.health_checks().check()).status is HealthStatus.DEGRADED


async def test_the_trial_sends_the_parameters_of_a_turn(
    container: Container, server: OpenAIServer
) -> None:
    rag = RagTenancy(container)
    await rag.create_tenant("acme")
    acme = rag.tenant("acme")
    await acme.ingest(b"The office opens at nine.", filename="office.txt")
    await acme.ask("When does the office open?")
    turn = server.bodies[-1]

    await container.model_trials().run()

    tried = next(b for b in reversed(server.bodies) if b.get("stream"))
    assert {k: v for k, v in tried.items() if k not in TURN_ONLY} == {
        k: v for k, v in turn.items() if k not in TURN_ONLY
    }
    assert tried["messages"][0]["role"] == turn["messages"][0]["role"]
