"""An emulator of Cosmos DB, started once a session by whoever asks first."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos, open_cosmos
from ragtenancy.adapters.cosmos.schema import prepare
from tests.emulators.processes import free_port, serving

ROOT = Path(__file__).parents[2]
MODULES = ROOT / ".emulators"
LAUNCHER = Path(__file__).parent / "cosmos_emulator.cjs"
KEY = "ZW11bGF0b3I="
_prepared: dict[str, Sequence[str]] = {}  # by the endpoint: the definitions of containers


def missing() -> str | None:
    """Return what is not here and would be needed, None if all is."""
    if shutil.which("node") is None:
        return "node"
    installed = MODULES / "node_modules/@vercel/cosmosdb-server"
    return None if installed.exists() else "@vercel/cosmosdb-server (`make emulators`)"


class CosmosEmulator(Struct, frozen=True, kw_only=True):
    """A running emulator and its address."""

    process: subprocess.Popen[bytes]
    endpoint: str

    def stop(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def cosmos_emulator(*modes: str, raw_queries: bool = False) -> Iterator[CosmosEmulator]:
    """Run an emulator that keeps nothing, for as long as the context lasts.

    The account is serverless; `--provisioned` and `--keyless` are modes of the launcher.
    """
    port = free_port()
    wanted = [*modes, *(["--raw-queries"] if raw_queries else [])]
    command = ["node", str(LAUNCHER), str(port), *wanted]
    with serving(command, port, {"NODE_MODULES_DIR": str(MODULES)}) as process:
        yield CosmosEmulator(process=process, endpoint=f"http://127.0.0.1:{port}")


@asynccontextmanager
async def cosmos_database(*, raw_queries: bool = False) -> AsyncIterator[Cosmos]:
    """Give an empty database of its own on the session's emulator, or skip."""
    require_cosmos()
    endpoint = _shared(raw_queries)
    cosmos = open_cosmos(endpoint, KEY, f"test-{uuid4().hex}")
    try:
        if endpoint in _prepared:
            _make_as_prepared(endpoint, cosmos.database_name)
        else:
            await prepare(cosmos, throughput=None, dry_run=False)
            _prepared[endpoint] = await _containers(cosmos)
        yield cosmos
        await (await cosmos.client()).delete_database(cosmos.database_name)
    finally:
        await cosmos.close()


async def _containers(cosmos: Cosmos) -> Sequence[str]:
    """Return the definitions of a database's containers, without what the service adds."""
    database = (await cosmos.client()).get_database_client(cosmos.database_name)
    every = [container async for container in database.list_containers()]
    return [json.dumps({k: v for k, v in one.items() if k[0] != "_"}) for one in every]


def _make_as_prepared(endpoint: str, database: str) -> None:
    """Make a database like the first, in a tenth of the time that the SDK takes to ask and make."""
    connection = HTTPConnection(urlsplit(endpoint).netloc)
    with closing(connection):
        _create(connection, "/dbs", json.dumps({"id": database}))
        for container in _prepared[endpoint]:
            _create(connection, f"/dbs/{database}/colls", container)


def _create(connection: HTTPConnection, path: str, definition: str) -> None:
    connection.request("POST", path, definition, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    said = reply.read()
    assert reply.status == 201, said


def require_cosmos() -> None:
    """Skip without the emulator, or fail where its tier is required."""
    lacking = missing()
    if lacking is None:
        return
    if "emulator" in os.environ.get("REQUIRE_TIERS", ""):
        pytest.fail(f"cosmos needs {lacking}")
    pytest.skip(f"cosmos needs {lacking}")


@cache
def _shared(raw_queries: bool) -> str:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(cosmos_emulator(raw_queries=raw_queries)).endpoint
