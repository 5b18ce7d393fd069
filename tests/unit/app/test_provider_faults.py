"""A model that is unreachable or replies nonsense, through the whole application and sockets."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from dependency_injector import providers

from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.container import Container
from ragtenancy.domain.documents import DocumentStatus
from ragtenancy.domain.jobs import MAX_ATTEMPTS, JobStatus
from tests.doubles import in_memory_container
from tests.openai_server import (
    RESET,
    Body,
    OpenAIServer,
    Reply,
    embedding_reply,
    error_reply,
    json_reply,
    openai_server,
)
from tests.scripted.clock import ScriptedClock
from tests.unit.app.conftest import Installation

HTML: Reply = (200, {"Content-Type": "text/html"}, [b"<html>Bad gateway</html>"])
NAN = embedding_reply({"input": ["x"]}, usage={}, data=[{"index": 0, "embedding": [math.nan]}])
NONSENSE = [HTML, NAN, embedding_reply({"input": ["x"]}, dimension=3), error_reply(400)]
WORDS = ["429", "503", "401", "reset", "HTML", "NaN", "dimension", "400"]
FAULTS = [
    pytest.param(error_reply(429), "throttled", id="429"),
    pytest.param(error_reply(500), "unavailable", id="500"),
    pytest.param(error_reply(503), "unavailable", id="503"),
    pytest.param(error_reply(401), "backend_auth", id="401"),
    pytest.param(error_reply(400), "rejected", id="400"),
    pytest.param(error_reply(404), "model_not_found", id="404"),
    pytest.param(RESET, "unavailable", id="reset"),
    pytest.param(HTML, "bad_reply", id="HTML"),
    pytest.param((200, {"Content-Type": "application/json"}, [b"{"]), "bad_reply", id="JSON"),
    pytest.param(json_reply({"data": []}), "bad_vectors", id="no vectors"),
    pytest.param(embedding_reply({"input": ["x"]}, dimension=3), "bad_vectors", id="dimension"),
    pytest.param(NAN, "bad_vectors", id="NaN"),
]


def sound(_: str, body: Body) -> Reply:
    return embedding_reply(body)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(sound) as served:
        yield served


@pytest.fixture
async def container(server: OpenAIServer) -> AsyncIterator[Container]:
    container = in_memory_container()
    async with open_client("key", server.url, retries=0, timeout=2.0) as client:
        embedder = OpenAIEmbedder(client, "text-embedding-3-small")
        container.embedder.override(providers.Object(embedder))
        async with container.closers():
            yield container


@pytest.mark.parametrize(("fault", "code"), FAULTS)
async def test_a_fault_puts_the_job_back_and_its_end_lets_it_succeed(
    installation: Installation, server: OpenAIServer, fault: Reply, code: str
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)

    server.reply = lambda *_: fault
    await installation.work_through(1)
    waiting = (await installation.job(scope, accepted)).job
    nothing = await installation.container.chunks().revisions(scope)
    server.reply = sound
    await installation.work()

    assert waiting.status is JobStatus.QUEUED
    assert waiting.error is not None
    assert waiting.error.code == code
    assert nothing == ()
    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


@pytest.mark.parametrize(("fault", "code"), FAULTS)
async def test_a_permanent_fault_fails_the_job_with_its_reason(
    installation: Installation, server: OpenAIServer, fault: Reply, code: str
) -> None:
    scope = await installation.tenant()
    document_id = await installation.ingest(scope)
    accepted = await installation.submit(scope, "Another text.", document_id=document_id)

    server.reply = lambda *_: fault
    await installation.work_through(MAX_ATTEMPTS)

    job = (await installation.job(scope, accepted)).job
    [document] = (await installation.container.documents().page(scope)).items
    assert (job.status, job.attempts) == (JobStatus.FAILED, MAX_ATTEMPTS)
    assert job.error is not None
    assert job.error.code == "attempts_exhausted"
    assert document.status is DocumentStatus.ACTIVE
    assert document.pending_error == "attempts_exhausted"
    assert len(server.bodies) == 1 + MAX_ATTEMPTS, code


@pytest.mark.parametrize("seconds", [60, 3_600])
async def test_a_job_waits_as_long_as_the_model_asks_for(
    installation: Installation, server: OpenAIServer, seconds: int
) -> None:
    scope = await installation.tenant()
    accepted = await installation.submit(scope)
    server.reply = lambda *_: error_reply(429, **{"Retry-After": str(seconds)})
    await installation.work()
    server.reply = sound
    clock = installation.container.clock()
    assert isinstance(clock, ScriptedClock)

    clock.advance(timedelta(seconds=59))
    await installation.work()
    early = (await installation.job(scope, accepted)).job
    clock.advance(timedelta(minutes=4, seconds=2))
    await installation.work()

    assert early.status is JobStatus.QUEUED
    assert (await installation.job(scope, accepted)).job.status is JobStatus.SUCCEEDED


@pytest.mark.parametrize(
    "fault", [error_reply(429), error_reply(503), error_reply(401), RESET, *NONSENSE], ids=WORDS
)
async def test_a_search_without_the_model_finds_by_words_and_reports_it(
    installation: Installation, server: OpenAIServer, fault: Reply
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    server.reply = lambda *_: fault
    found = await installation.search(scope, "refunds")

    assert list(found.degraded) == ["semantic_unavailable"]
    assert found.hits


@pytest.mark.parametrize("fault", NONSENSE, ids=WORDS[4:])
async def test_a_nonsense_question_vector_is_not_cached(
    installation: Installation, server: OpenAIServer, fault: Reply
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)

    server.reply = lambda *_: fault
    await installation.search(scope, "refunds")
    server.reply = sound
    found = await installation.search(scope, "refunds")

    assert list(found.degraded) == []
    assert found.hits
