"""`ragtenancy migrate` and moving clients as bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Run

PROMPTS = """
system_prompt: You are the helper of CircularAI.
greeting: Hello!
no_context_response: I do not know that.
search_settings: {top_k: 4}
"""


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    path = tmp_path / "prompts.yaml"
    path.write_text(PROMPTS, encoding="utf-8")
    return str(path)


def config(run: Run) -> Any:
    return run("config", "show", "circular_ai", "--json").json()


def test_prompts_make_a_client_and_undoing_takes_it_away(run: Run, prompts: str) -> None:
    run("setup")
    made: Any = run("migrate", "prompts", prompts, "--client", "circular_ai", "--json").json()
    shown = config(run)
    undone = run("migrate", "undo", "prompts", "--client", "circular_ai")

    assert (made["version"], made["api_key"][:4]) == (1, "rtk_")
    assert "helper of CircularAI" in str(shown)
    assert undone.code == 0
    assert run("client", "show", "circular_ai").code != 0


def test_a_client_that_is_there_gets_a_version_and_its_old_one_back(run: Run, prompts: str) -> None:
    run("client", "create", "circular_ai")
    before = config(run)

    made: Any = run("migrate", "prompts", prompts, "--client", "circular_ai", "--json").json()
    run("migrate", "undo", "prompts", "--client", "circular_ai")

    assert (made["version"], made["api_key"]) == (2, None)
    assert {**config(run), "version": 1} == before


def test_what_no_migration_did_is_not_undone(run: Run) -> None:
    run("client", "create", "circular_ai")

    ended = run("migrate", "undo", "prompts", "--client", "circular_ai")

    assert ended.code != 0
    assert run("client", "show", "circular_ai").code == 0


def test_what_is_left_out_of_prompts_is_listed(run: Run, tmp_path: Path) -> None:
    text = PROMPTS + "surprise: 1\nllm: {model: gpt-9}\nwelcome: 'Hi, {name}'\n"
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    run("setup")

    ended = run("migrate", "prompts", str(tmp_path / "odd.yaml"), "--client", "circular_ai")

    assert ended.code == 0
    assert "Taken over: system_prompt -> prompts.system_prompt" in ended.out
    assert "Left out: surprise: " in ended.out
    assert "Left out: welcome: " in ended.out
    assert "Left out: llm.model: llm_settings.model is not offered here" in ended.out
    assert "helper of CircularAI" in str(config(run))


def test_prompts_that_are_not_yaml_make_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("greeting: [", encoding="utf-8")

    ended = run("migrate", "prompts", str(tmp_path / "bad.yaml"), "--client", "circular_ai")

    assert ended.code != 0
    assert run("client", "show", "circular_ai").code != 0


def test_a_namespace_needs_pinecone(run: Run) -> None:
    run("client", "create", "circular_ai")

    ended = run("migrate", "namespace", "--client", "circular_ai")

    assert ended.code != 0
    assert "PINECONE_INDEX_NAME" in ended.err


def test_a_client_moves_as_a_file(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    bundle = str(tmp_path / "acme.bundle")

    written: Any = run("client", "export", "acme", bundle, "--json").json()
    made: Any = run("client", "import", bundle, "--as", "globex", "--json").json()

    assert (written["client_id"], written["configs"]) == ("acme", 1)
    assert (made["client_id"], made["api_key"][:4]) == ("globex", "rtk_")
    assert run("client", "import", bundle).code != 0
