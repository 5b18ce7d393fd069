"""The demo, prepared but not served."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from msgspec import Struct

from tests.unit.cli.conftest import Run, run_on

DEMO = ("demo", "--no-serve")


class Prepared(Struct, frozen=True, kw_only=True):
    """A data folder with the demo, and what its first start printed."""

    data_dir: Path
    said: object


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    return Prepared(data_dir=data_dir, said=run_on(data_dir, *DEMO, "--json").json())


@pytest.fixture
def prepared(kept: Prepared, tmp_path: Path) -> Prepared:
    """A copy of the test's own, on which `run` runs commands."""
    shutil.copytree(kept.data_dir, tmp_path / "data")
    return Prepared(data_dir=tmp_path / "data", said=kept.said)


@pytest.mark.usefixtures("prepared")
def test_the_demo_has_two_clients_with_different_answers(run: Run) -> None:
    question = "How long is the refund period?"
    assert "30 days" in run("ask", "-c", "circular_ai", question).out
    assert "14 days" in run("ask", "-c", "acme", question).out


def test_a_second_start_ingests_nothing_and_shows_the_same_keys(
    run: Run, prepared: Prepared
) -> None:
    jobs = run("jobs", "--json").json()

    second = run(*DEMO, "--json").json()

    assert second == prepared.said
    assert run("jobs", "--json").json() == jobs


def test_the_keys_are_for_their_owners_eyes(kept: Prepared) -> None:
    files = (kept.data_dir / "demo-keys.json", kept.data_dir / "admin.key")
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_key_that_ended_is_replaced(run: Run, prepared: Prepared) -> None:
    before = prepared.said
    keys = run("key", "list", "-c", "acme", "--json").json()
    assert isinstance(before, dict)
    assert isinstance(keys, list)
    run("key", "revoke", "-c", "acme", keys[0]["key_id"])

    after = run(*DEMO, "--json").json()

    assert isinstance(after, dict)
    assert after["clients"]["acme"] != before["clients"]["acme"]
    assert after["clients"]["circular_ai"] == before["clients"]["circular_ai"]


def test_the_walkthrough_shows_requests_to_paste(run: Run) -> None:
    ended = run(*DEMO, "--port", "8123")

    lines = [line.strip() for line in ended.out.splitlines() if line.startswith("  curl ")]
    assert len(lines) >= 6
    assert all("http://127.0.0.1:8123/api/v1/" in line for line in lines)


def test_the_walkthrough_names_the_console(run: Run) -> None:
    ended = run(*DEMO, "--port", "8123")

    assert "  RAGTENANCY_URL=http://127.0.0.1:8123 make console" in ended.out.splitlines()
