"""`ragtenancy migrate namespace`, killed twice on the way; `make rehearse-migration` moves 20,000."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from msgspec import Struct

from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignRecord
from tests.emulators import pinecone
from tests.emulators.pinecone_state import Project
from tests.openai_server import embedding_reply, openai_server
from tests.process.running import COMMAND, command, command_within, environment

pytestmark = pytest.mark.emulator

COUNT = int(os.environ.get("MIGRATED_VECTORS", "2000"))
PAGES = COUNT // 100
PATIENCE = max(60.0, COUNT / 50)
DIMENSION = 16
GUIDES = 40
WRITTEN = 500


class Old(Struct, frozen=True, kw_only=True):
    """An installation beside a namespace that another program filled."""

    data_dir: Path
    variables: Mapping[str, str]
    project: Project

    def run(self, *arguments: str) -> dict[str, object]:
        """Run a command; return what it printed."""
        done: dict[str, object] = json.loads(
            command_within(PATIENCE, self.data_dir, *arguments, "--json", **self.variables)
        )
        return done

    def ids(self, namespace: str) -> set[str]:
        """Return what a namespace holds."""
        return set(self.project.read(namespace).seen)

    def killed_at(self, page: int, *arguments: str) -> None:
        """Run a command that is killed when it is about to write a page, counted from 1."""
        left = page
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=environment(self.data_dir, **self.variables)
        )

        def kill() -> None:
            nonlocal left
            left -= 1
            if left:
                self.project.meanwhile["upsert"] = kill
                return
            process.kill()
            process.wait()

        self.project.meanwhile["upsert"] = kill
        assert process.wait() == -signal.SIGKILL


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Old]:
    pinecone.require_prism()
    server, key = pinecone.server(), uuid.uuid4().hex
    with openai_server(lambda _, body: embedding_reply(body, DIMENSION)) as model:
        installation = Old(
            data_dir=tmp_path / "data",
            project=server.project(key),
            variables={
                "PINECONE_API_KEY": key,
                "PINECONE_INDEX_NAME": "guides",
                "RAGTENANCY_PINECONE_CLOUD": "aws",
                "RAGTENANCY_PINECONE_REGION": "us-east-1",
                "RAGTENANCY_PINECONE_CONTROLLER": server.url,
                "RAGTENANCY_PINECONE_HOST": server.url,
                "OPENAI_BASE_URL": model.url,
                "OPENAI_EMBEDDING_MODEL": "of-the-old-installation",
                "OPENAI_EMBEDDING_DIMENSION": str(DIMENSION),
            },
        )
        command(installation.data_dir, "setup", **installation.variables)
        asyncio.run(fill(key, server.url))
        yield installation
    server.projects.pop(key, None)


async def fill(key: str, url: str) -> None:
    """Write the old vectors."""
    index = open_pinecone(key, "guides", controller=url, host=url)
    await write(PineconeForeignNamespaces(index))
    await index.close()


async def write(foreign: PineconeForeignNamespaces) -> None:
    rows = np.random.default_rng(5).standard_normal((COUNT, DIMENSION), np.float32)
    records = [
        ForeignRecord(
            id=f"chunk-{at:05d}",
            values=row,
            metadata={"source": f"guide-{at % GUIDES}.docx", "text": f"The code is K{at:05d}."},
        )
        for at, row in enumerate(rows)
    ]
    for start in range(0, COUNT, WRITTEN):
        await foreign.write(DEFAULT_NAMESPACE, records[start : start + WRITTEN])


def test_a_migration_that_was_killed_twice_goes_on_is_verified_and_undone(old: Old) -> None:
    migrate = ("migrate", "namespace", "--client", "circular_ai")
    old.run("client", "create", "circular_ai")
    source = old.ids("")
    rehearsed = old.run("migrate", "namespace", "--into", "scratch")
    old.run("migrate", "undo", "namespace", "scratch")
    old.project.calls.clear()

    old.killed_at(PAGES // 3, *migrate)
    assert 0 < len(old.ids("circular_ai")) < COUNT
    old.killed_at(PAGES // 3, *migrate)
    migrated = old.run(*migrate)
    copied = old.ids("circular_ai")
    pages = old.project.calls.count("upsert")
    undone = old.run("migrate", "undo", "namespace", "circular_ai")

    assert (rehearsed["copied"], rehearsed["compared"], rehearsed["overlap"]) == (COUNT, COUNT, 1)
    assert (migrated["copied"], migrated["compared"], migrated["overlap"]) == (COUNT, COUNT, 1)
    assert migrated["documents"] == GUIDES
    assert len(copied) == COUNT
    assert (
        pages <= PAGES + 2
    )  # what was written is not written again, but for the page of each kill
    assert undone["copied"] == COUNT
    assert (old.ids("circular_ai"), old.ids("scratch"), old.ids("")) == (set(), set(), source)
