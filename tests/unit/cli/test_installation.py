"""A mistyped data folder: only a few commands make a new installation, and they say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

COMMANDS = [
    "client list",
    "client show acme",
    "client delete acme --yes",
    "client suspend acme",
    "key create --client acme",
    "key list --client acme",
    "documents --client acme",
    "delete --client acme doc_1",
    "jobs",
    "sessions list --client acme",
    "search --client acme refunds",
    "ask --client acme refunds",
    "reindex acme",
    "sweep",
    "worker --until-idle",
    "mcp --client acme",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_other_commands_refuse_a_folder_without_an_installation(
    run: Run, tmp_path: Path, command: str
) -> None:
    ended = run(*command.split())

    assert ended.code == 1, ended.err
    assert f"There is no installation in {tmp_path / 'data'}." in ended.err
    assert not (tmp_path / "data").exists()


def test_a_folder_with_other_files_is_no_installation(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").touch()

    ended = run("client", "list")

    assert (ended.code, "There is no installation" in ended.err) == (1, True)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["notes.txt"]


def test_creating_a_client_makes_one_and_says_so_once(run: Run, tmp_path: Path) -> None:
    first = run("client", "create", "acme", "--key-only")
    second = run("client", "create", "globex", "--key-only")

    assert first.err == f"ragtenancy: new installation in {tmp_path / 'data'}\n"
    assert (first.out.startswith("rtk_"), second.err) == (True, "")


def test_what_was_set_up_is_an_installation(run: Run) -> None:
    run("setup")

    assert run("client", "list").code == 0


def test_a_lost_register_is_not_taken_for_a_new_folder(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    (tmp_path / "data" / "control.db").unlink()

    ended = run("client", "create", "globex")

    assert (ended.code, "records are missing" in ended.err) == (1, True)
