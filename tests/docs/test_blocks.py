"""What the pages show, done: each page's commands and programs in order, in a fresh folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from ragtenancy.cli.app import app
from tests.docs.pages import PAGES, ROOT, Block, blocks, name_of
from tests.docs.running import commands, run, runnable
from tests.docs.samples import holds

NAMED_FILES = ("prompts.yaml", "corpus.jsonl", "queries.jsonl", "qrels.tsv", "acme.bundle",
               "english.json", "german.json", "handbook.md", "terms.txt")  # fmt: skip
RUN = [
    page
    for page in PAGES
    if any(block.language in {"sh", "python"} for block in runnable(blocks(page)))
]
COMMANDS = sorted(
    {
        tuple(words)
        for page in PAGES
        for block in blocks(page)
        if block.language == "sh"
        for words in commands(block)
    }
)


@pytest.mark.skipif("FOLLOW_PAGES" not in os.environ, reason="`make docs-test` follows the pages")
@pytest.mark.parametrize("page", RUN, ids=map(name_of, RUN))
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    shown = blocks(page)

    wrong = [
        f"{ran.body}\nprinted\n{ran.printed}\ninstead of\n{ran.sample}"
        for ran in run(shown, tmp_path)
        if ran.sample is not None and not holds(ran.sample, ran.printed)
    ]

    assert wrong == [], "\n\n".join(wrong)


@pytest.mark.usefixtures("named_files")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_that_a_page_shows_is_one(words: tuple[str, ...]) -> None:
    command = parsed(get_command(app), list(words))

    assert command.callback is not None


def test_python_of_a_page_that_cannot_run_here_compiles() -> None:
    left_out = [
        (name_of(page), block)
        for page in PAGES
        for block in blocks(page)
        if block.language == "python"
    ]

    assert [*map(_compiled, left_out)] == [name for name, _ in left_out]


def _compiled(shown: tuple[str, Block]) -> str:
    name, block = shown
    compile(block.body, name, "exec", flags=0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return name


@pytest.fixture
def named_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that commands name, in the folder in which they are run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "originals").mkdir()
    for name in NAMED_FILES:
        (tmp_path / name).touch()


def parsed(command: Any, words: list[str]) -> Any:
    """Return the command that the words call, its options and arguments parsed."""
    context = command.make_context("ragtenancy", list(words))
    if not hasattr(command, "resolve_command"):
        return command
    rest = [*context._protected_args, *context.args]
    if not rest and command.invoke_without_command:
        return command
    name, found, rest = command.resolve_command(context, rest)
    assert found is not None, name
    return parsed(found, rest)


def test_the_first_page_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
