"""What the documentation shows, done: commands, the Python example, the demo's answer."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import structlog
from typer.main import get_command

from ragtenancy.cli.app import app
from ragtenancy.container import Container
from ragtenancy.demo.prepare import prepare
from ragtenancy.http.app import create_app
from ragtenancy.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
ELIDED = "…"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
JSON_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\S', re.DOTALL)
NAMED_FILES = ("prompts.yaml", "corpus.jsonl", "queries.jsonl", "qrels.tsv", "acme.bundle",
               "english.json", "german.json")  # fmt: skip


def blocks(page: Path, language: str) -> list[str]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [body for name, body in found if name == language]


COMMANDS = sorted(
    {
        line.partition(" > ")[0].replace(f" {ELIDED}", "")
        for page in PAGES
        for block in blocks(page, "sh")
        for line in block.splitlines()
        if line.startswith("ragtenancy ")
    }
)


@pytest.mark.usefixtures("named_files")
@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_that_a_page_shows_is_one(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]

    command = parsed(get_command(app), words)

    assert command.callback is not None


def test_the_python_example_runs_and_runs_again(tmp_path: Path) -> None:
    [example] = blocks(ROOT / "README.md", "python")
    (tmp_path / "example.py").write_text(example, encoding="utf-8")

    answers = [run_script(tmp_path), run_script(tmp_path)]

    assert answers == ["To create a report, open Reports and press New. [1]\n"] * 2


async def test_the_demo_answers_as_the_readme_shows(demo_reply: str) -> None:
    [sample] = map(compact, blocks(ROOT / "README.md", "text"))

    assert in_order(sample.split(ELIDED), demo_reply), (
        f"The demo answers otherwise than README.md shows; write anew what it holds: {demo_reply}"
    )


@pytest.mark.parametrize(
    ("sample", "holds"),
    [
        ('{"a": "one\n  two", "b": 0.7…, …}', True),
        ('{"a": "one three", …}', False),
        ('{…, "c": [3]}', True),
        ('{…, "c": [3], "a": …}', False),
    ],
)
def test_a_sample_may_be_elided_and_wrapped_but_not_wrong(sample: str, *, holds: bool) -> None:
    reply = '{"a":"one two","b":0.75,"c":[3]}'

    assert in_order(compact(sample).split(ELIDED), reply) is holds


@pytest.fixture
def named_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that commands name, in the folder in which they are run."""
    monkeypatch.chdir(tmp_path)
    for name in NAMED_FILES:
        (tmp_path / name).touch()


@pytest.fixture
async def demo_reply(tmp_path: Path) -> AsyncIterator[str]:
    """What the demo's first client is answered over HTTP to the README's question."""
    settings = Settings(data_dir=tmp_path)
    keys = await prepare(settings, lambda _name: lambda _done, _step: None)
    container = Container(settings=settings)
    transport = httpx.ASGITransport(app=cast("Any", create_app(container)))
    async with container.closers(), httpx.AsyncClient(transport=transport) as http:
        reply = await http.post(
            "http://test/api/v1/chat",
            headers={"X-API-Key": keys.clients["circular_ai"]},
            json={"message": "How long is the refund period?"},
        )
        yield reply.text
    structlog.reset_defaults()


def parsed(command: Any, words: list[str]) -> Any:
    """Return the command that the words call, its options and arguments parsed."""
    context = command.make_context("ragtenancy", list(words))
    if not hasattr(command, "resolve_command"):
        return command
    name, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
    assert found is not None, name
    return parsed(found, rest)


def run_script(folder: Path) -> str:
    environment: Mapping[str, str] = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RAGTENANCY_", "OPENAI_", "AZURE_", "COSMOS_", "PINECONE_"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "example.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compact(sample: str) -> str:
    """Return JSON without the spaces between its tokens, and its wrapped texts unwrapped."""
    return "".join(re.sub(r"\s+", " ", token) for token in JSON_TOKEN.findall(sample))


def in_order(pieces: list[str], text: str) -> bool:
    """Tell whether the pieces stand in the text one after the other, the first at its start."""
    return re.match(".*".join(map(re.escape, pieces)), text, re.DOTALL) is not None
