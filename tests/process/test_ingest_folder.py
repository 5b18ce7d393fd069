"""A folder on its way into a client: stopped, killed, taken up again and followed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.process.running import COMMAND, PATIENCE, command, environment, eventually, running

FILES = 24
STOPPED = 130


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    data_dir = tmp_path / "data"
    command(data_dir, "client", "create", "acme")
    return data_dir


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"note-{number}.md").write_text(f"# Note {number}\n\nThe code is N{number}-X.\n")
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_ingestion_that_was_ended_goes_on(
    data_dir: Path, folder: Path, number: signal.Signals
) -> None:
    ended = _ended_half_way(data_dir, folder, number)

    again = json.loads(command(data_dir, "ingest", "-c", "acme", str(folder), "--json"))

    listed = _documents(data_dir)
    assert ended == (STOPPED if number is signal.SIGINT else -signal.SIGKILL)
    assert [each["status"] for each in again] == ["active"] * FILES
    assert sum(each.get("unchanged", False) for each in again) >= FILES // 4
    assert len(listed) == len({each["filename"] for each in listed}) == FILES


def test_a_watched_folder_is_followed_until_ctrl_c(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nRefunds take 30 days.\n")
    (folder / "b.md").write_text("# B\n\nPrices are net.\n")
    with running(data_dir, "ingest", "-c", "acme", str(folder), "--watch", "--delete") as process:
        eventually(lambda: _names(data_dir) == {"a.md": "1", "b.md": "1"}, "both files")
        (folder / "a.md").write_text("# A\n\nRefunds take 60 days.\n")
        (folder / "b.md").unlink()
        eventually(lambda: _names(data_dir) == {"a.md": "2"}, "the change and the deletion")
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=PATIENCE)
        said = process.stderr.read() if process.stderr else ""

    found = command(data_dir, "search", "-c", "acme", "refunds")
    assert code == 0
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "ragtenancy: stopped watching."
    assert "60 days" in found
    assert "30 days" not in found


def _ended_half_way(data_dir: Path, folder: Path, number: signal.Signals) -> int:
    """Ingest the folder and end that after some files; return how it ended."""
    with subprocess.Popen(
        [*COMMAND, "ingest", "-c", "acme", str(folder)],
        env={**environment(data_dir), "PYTHONUNBUFFERED": "1"},
        cwd=data_dir.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(FILES // 4):
            assert process.stdout.readline()
        os.kill(process.pid, number)
        return process.wait(timeout=PATIENCE)


def _documents(data_dir: Path) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(
        command(data_dir, "documents", "-c", "acme", "--json")
    )
    return listed


def _names(data_dir: Path) -> dict[str, str]:
    """The version of each active document by its name."""
    documents = _documents(data_dir)
    return {each["filename"]: each["version"] for each in documents if each["status"] == "active"}
