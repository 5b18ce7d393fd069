"""docs/migration.md, followed word for word on the emulators: from the plan's files to an answer."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragtenancy.adapters.cosmos.client import open_cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.adapters.pinecone.foreign import PineconeForeignNamespaces
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignRecord
from tests.docs.pages import ROOT, Block, blocks
from tests.docs.running import commands
from tests.emulators import cosmos, pinecone
from tests.openai_server import openai_server
from tests.process.cloud import answer, azure_openai, embedded
from tests.process.running import OPERATOR
from tests.unit.cli.conftest import run_here

pytestmark = pytest.mark.emulator

PAGE = blocks(ROOT / "docs" / "migration.md")
PLAN = ROOT / "tests" / "cloud"
QUESTION = "How do I create a report?"
KEY = "c2VjcmV0LW9mLXRoZS1wbGFuLXdpdGgtMzItYnl0ZXM="
NAME = "CircularAI_User_Guide.docx"
TEXTS = [
    "Open the menu Reports.",
    "To create a report, choose Create report and name it.",
    "Press Publish to share the report.",
    *(f"Chapter {number} is about machine {number}." for number in range(4, 13)),
]


def section() -> list[Block]:
    """Return the blocks of "Move a single-tenant installation"."""
    first = next(at for at, each in enumerate(PAGE) if "ragtenancy setup" in each.body)
    last = next(at for at, each in enumerate(PAGE) if "--delete-source" in each.body)
    return list(PAGE[first : last + 1])


def page_commands() -> list[list[str]]:
    """Return the commands of the section, in order."""
    return [words for each in section() if each.language == "sh" for words in commands(each)]


def block(language: str) -> str:
    """Return the section's only block of a language."""
    [found] = [each.body for each in section() if each.language == language]
    return found


def printed(*words: str) -> str:
    """Run a command, typing the client's id where it asks; return what it printed."""
    ended = run_here(*words, typed="circular_ai\n")
    assert ended.code == 0, ended.err
    return ended.out


def plan(name: str, **changes: object) -> dict[str, Any]:
    """Return a record of the plan, word for word but for what changes."""
    record: dict[str, Any] = json.loads((PLAN / name).read_text(encoding="utf-8"))
    return record | changes


@contextmanager
def services() -> Iterator[Mapping[str, str]]:
    """Run the plan's services; give the plan's variables, and the emulator's addresses."""
    cosmos.require_cosmos()
    server, key = pinecone.server(), uuid.uuid4().hex
    with cosmos.cosmos_emulator() as database, openai_server(answer) as model:
        yield {
            "COSMOS_ENDPOINT": database.endpoint,
            "COSMOS_KEY": cosmos.KEY,
            "COSMOS_DATABASE": "rag-service-prod",
            "PINECONE_API_KEY": key,
            "PINECONE_INDEX_NAME": "circularai-support",
            "RAGTENANCY_PINECONE_CONTROLLER": server.url,
            "RAGTENANCY_PINECONE_HOST": server.url,
            "ADMIN_API_KEY": OPERATOR,
            **azure_openai(model),
        }
        server.projects.pop(key, None)


async def installed_before(variables: Mapping[str, str]) -> None:
    """Leave behind what the plan's program would: two records, and vectors in no order."""
    database = open_cosmos(
        variables["COSMOS_ENDPOINT"], variables["COSMOS_KEY"], variables["COSMOS_DATABASE"]
    )
    client = plan("plan_client.json", api_key_hash=sha256(KEY.encode()).hexdigest())
    await Items(database, "clients").upsert("circular_ai", client)
    await Items(database, "documents").upsert("circular_ai", plan("plan_document.json"))
    await database.close()
    index = open_pinecone(
        variables["PINECONE_API_KEY"],
        variables["PINECONE_INDEX_NAME"],
        controller=variables["RAGTENANCY_PINECONE_CONTROLLER"],
        host=variables["RAGTENANCY_PINECONE_HOST"],
    )
    records = [
        ForeignRecord(
            id=f"{NAME}#chunk{at}",
            values=np.asarray(embedded(text), np.float32),
            metadata={"filename": NAME, "text": text, "page": at // 2 + 1},
        )
        for at, text in enumerate(TEXTS)
    ]
    await PineconeForeignNamespaces(index).write(DEFAULT_NAMESPACE, records)
    await index.close()


def test_the_page_is_followed_from_the_plans_files_to_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with services() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with monkeypatch.context() as before:
            before.setenv("RAGTENANCY_PINECONE_CLOUD", "aws")
            before.setenv("RAGTENANCY_PINECONE_REGION", "us-east-1")
            printed("setup")  # makes the index and the containers that the plan's program had
        asyncio.run(installed_before(variables))
        Path("prompts.yaml").write_text(block("yaml"), encoding="utf-8")

        steps = [printed(*words) for words in page_commands()]
        answered = json.loads(printed("ask", "-c", "circular_ai", "--json", QUESTION))
        [document] = json.loads(printed("documents", "-c", "circular_ai", "--json"))
        left = pinecone.server().project(variables["PINECONE_API_KEY"]).read("").seen

    setup, prompts, rehearsed, _, migrated, asked, undone, _, deleted = steps
    assert "adopt client circular_ai with its key" in setup
    assert prompts.endswith(block("text"))
    assert "documents  1" in rehearsed
    assert f"Taken over from records of documents: {NAME}." in migrated
    assert "choose Create report" in asked
    assert "copied     12" in undone
    assert "deleted    12" in deleted
    assert "choose Create report" in answered["answer"]
    assert answered["sources"][0]["page"] == 1
    assert (document["filename"], document["uploaded_at"][:10]) == (NAME, "2026-01-01")
    assert left == {}
