"""The cloud's services on this machine: emulators, and the variables that name them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from hashlib import blake2b
from math import sqrt
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.emulators import azurite, cosmos, pinecone
from tests.emulators.pinecone_state import Project
from tests.openai_server import Body, OpenAIServer, Reply, json_reply, openai_server, stream_reply
from tests.process.running import command

DIMENSION = 1_536
PASSAGE = re.compile(r'<passage n="1" nonce="\w+">\n.*?\n(.*?)\n</passage', re.DOTALL)


class Cloud(Struct, frozen=True, kw_only=True):
    """What a process needs to use the services, what they saw, and what stops one as a crash would."""

    variables: Mapping[str, str]
    model: OpenAIServer
    project: Project
    stop: Mapping[str, Callable[[], object]]

    def asked(self) -> list[str]:
        """Return every request to the chat model as text."""
        return [json.dumps(body) for body in tuple(self.model.bodies) if "messages" in body]


@contextmanager
def cloud(data_dir: Path) -> Iterator[Mapping[str, str]]:
    """Run every service, set them up, and give what a process needs to use them."""
    with cloud_services(data_dir) as services:
        yield services.variables


@contextmanager
def cloud_services(
    data_dir: Path, *, lag: float = 0.0, load: Callable[[Cloud], None] | None = None
) -> Iterator[Cloud]:
    """Run every service, set up or loaded with a state; Pinecone's reads lag by some seconds.

    Every call of Pinecone passes a proxy that validates it.
    """
    cosmos.require_cosmos()
    azurite.require_azurite()
    pinecone.require_prism()
    with ExitStack() as stack:
        database = stack.enter_context(cosmos.cosmos_emulator())
        account = stack.enter_context(azurite.azurite())
        model = stack.enter_context(openai_server(answer))
        pinecone_key = uuid.uuid4().hex
        services = Cloud(
            variables={
                "COSMOS_ENDPOINT": database.endpoint,
                "COSMOS_KEY": cosmos.KEY,
                "COSMOS_DATABASE": "ragtenancy",
                "PINECONE_API_KEY": pinecone_key,
                "PINECONE_INDEX_NAME": "ragtenancy",
                "RAGTENANCY_PINECONE_CLOUD": "aws",
                "RAGTENANCY_PINECONE_REGION": "us-east-1",
                "RAGTENANCY_PINECONE_CONTROLLER": pinecone.server().url,
                "RAGTENANCY_PINECONE_HOST": pinecone.proxy(),
                "RAGTENANCY_BLOB_ENDPOINT": account.endpoint,
                "RAGTENANCY_BLOB_KEY": azurite.KEY,
                **azure_openai(model),
            },
            model=model,
            project=pinecone.server().project(pinecone_key),
            stop={"azure_blob": account.stop, "cosmos": database.stop},
        )
        services.project.lag = lag
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        if load is None:
            command(data_dir, "setup", **services.variables)
        else:
            load(services)
        yield services
        pinecone.server().projects.pop(pinecone_key, None)


def answer(path: str, body: Body) -> Reply:
    """Embed by words; answer with the first passage that was given, and name it."""
    if path.partition("?")[0].endswith("/embeddings"):
        return _embedded(body)
    if "messages" not in body:
        return json_reply({"object": "list", "data": []})
    said = str(body["messages"][-1]["content"])
    passage = PASSAGE.search(said)
    text = f"{passage[1].strip()} [1]" if passage else said.removeprefix("Last question: ")
    return stream_reply(text) if body.get("stream") else _completion(text)


def _completion(text: str) -> Reply:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": text},
    }
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "usage": usage}
    return json_reply({**whole, "choices": [choice]})


def azure_openai(model: OpenAIServer) -> Mapping[str, str]:
    """Return the plan's variables for a model."""
    return {
        "AZURE_OPENAI_ENDPOINT": model.url.removesuffix("/v1"),
        "AZURE_OPENAI_API_KEY": "key-of-the-model",
        "AZURE_DEPLOYMENT_NAME": "gpt-4o",
        "AZURE_EMBEDDING_DEPLOYMENT": "text-embedding-3-small",
    }


def _embedded(body: Body) -> Reply:
    rows: list[Any] = [
        {"object": "embedding", "index": index, "embedding": embedded(text)}
        for index, text in enumerate(body["input"])
    ]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return json_reply({"object": "list", "model": "m", "data": rows, "usage": usage})


def embedded(text: str) -> list[float]:
    """Return a vector of which all texts share a half, and texts of the same words more."""
    words = re.findall(r"\w+", text.lower())
    vector = [0.0] * DIMENSION
    for word in words:
        vector[_place(word)] += 1.0
    return [1.0 + sqrt(len(words)), *vector[1:]]


@cache
def _place(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) % DIMENSION
