"""`ragtenancy audit`: the chain verified, the log exported."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import apsw
import pytest

from ragtenancy.domain.audit import GENESIS
from tests.unit.cli.conftest import Run


@pytest.fixture
def head(run: Run) -> str:
    """The head of the log of an installation with two clients."""
    run("client", "create", "acme")
    run("client", "create", "globex")
    told = run("audit", "verify", "--json").json()
    assert isinstance(told, dict)
    return str(told["head"])


def test_an_intact_log(run: Run, head: str) -> None:
    run("client", "suspend", "acme")

    ended = run("audit", "verify", "--head", head)

    assert ended.code == 0
    assert ended.out.startswith("The log is intact. Entries: 10. Head: ")


def test_a_log_that_was_cut_off_no_longer_holds_its_head(
    run: Run, tmp_path: Path, head: str
) -> None:
    connection = apsw.Connection(str(tmp_path / "data" / "control.db"))
    connection.execute("DROP TRIGGER audit_never_removed")
    connection.execute("DELETE FROM audit WHERE sequence = 8")
    connection.close()

    without, told = run("audit", "verify"), run("audit", "verify", "--head", head)

    assert (without.code, told.code) == (0, 1)
    assert told.err == "The log is broken: the known head is not in the log at entry 8.\n"


def test_a_removed_entry_is_named(run: Run, tmp_path: Path, head: str) -> None:
    connection = apsw.Connection(str(tmp_path / "data" / "control.db"))
    connection.execute("DROP TRIGGER audit_never_removed")
    connection.execute("DELETE FROM audit WHERE sequence = 3")
    connection.close()

    ended = run("audit", "verify", "--head", head, "--json")

    told = {"entries": 2, "fault": "misplaced", "at": 3}
    assert ended.code == 1
    assert told.items() <= dict(json.loads(ended.out)).items()


def test_an_export_is_the_whole_log(run: Run, head: str) -> None:
    lines = [json.loads(line) for line in run("audit", "export").out.splitlines()]

    assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert lines[0]["previous"] == GENESIS
    assert lines[-1]["hash"] == head
    assert all(line["actor"].startswith("cli:") for line in lines)


@pytest.mark.usefixtures("head")
def test_an_export_of_one_client_holds_no_other(run: Run) -> None:
    lines = [json.loads(line) for line in run("audit", "export", "-c", "acme").out.splitlines()]

    assert lines
    assert {line["client_id"] for line in lines} == {"acme"}


@pytest.mark.usefixtures("head")
def test_an_export_as_csv(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("audit", "export", "--format", "csv").out)))

    assert len(rows) == 8
    assert rows[-1]["action"] == "client.create"
    assert rows[-1]["details"] == "begun=5"


@pytest.mark.usefixtures("head")
def test_an_export_of_a_time(run: Run) -> None:
    before = run("audit", "export", "--to", "2020-01-01").out
    after = run("audit", "export", "--from", "2020-01-01").out

    assert (before, len(after.splitlines())) == ("", 8)


@pytest.mark.usefixtures("head")
def test_an_unknown_client_is_refused(run: Run) -> None:
    ended = run("audit", "export", "-c", "nobody")

    assert ended.code != 0
    assert "There is no such client." in ended.err
