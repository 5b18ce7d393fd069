"""Jobs, sessions and the history of a configuration by command."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Ended, Run


@pytest.fixture
def acme(run: Run) -> Run:
    """The commands, on an installation with a client `acme`."""
    run("client", "create", "acme")
    return run


@pytest.fixture
def job_id(acme: Run, tmp_path: Path) -> str:
    """A job of `acme` that succeeded."""
    (tmp_path / "a.txt").write_text("Refunds take 30 days.")
    acme("ingest", "-c", "acme", str(tmp_path / "a.txt"))
    return str(first(acme("jobs", "--json"))["job_id"])


def first(ended: Ended) -> dict[str, Any]:
    found = ended.json()
    assert isinstance(found, list)
    return dict(found[0])


def members(ended: Ended) -> dict[str, Any]:
    found = ended.json()
    assert isinstance(found, dict)
    return found


def test_a_job_is_shown(acme: Run, job_id: str) -> None:
    shown = acme("jobs", "show", "-c", "acme", job_id)

    assert [line.split()[-1] for line in shown.out.splitlines()[:4:2]] == [job_id, "succeeded"]


def test_a_finished_job_is_neither_cancelled_nor_retried(acme: Run, job_id: str) -> None:
    cancelled = acme("jobs", "cancel", "-c", "acme", job_id)
    retried = acme("jobs", "retry", "-c", "acme", job_id)

    assert cancelled.err == "ragtenancy: The job is finished.\n"
    assert retried.err == "ragtenancy: Only a failed or cancelled job can be retried.\n"


def test_a_failed_job_is_retried_and_cancelled(acme: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(" ")
    acme("ingest", "-c", "acme", str(tmp_path / "a.txt"))
    failed = str(first(acme("jobs", "--json"))["job_id"])

    retried = acme("jobs", "retry", "-c", "acme", failed)
    cancelled = acme("jobs", "cancel", "-c", "acme", failed)

    assert retried.out == f"{failed} is queued again.\n"
    assert cancelled.out == f"{failed} is cancelled.\n"
    assert first(acme("documents", "-c", "acme", "--json"))["status"] == "cancelled"


def test_sessions_are_listed_shown_and_erased(acme: Run, job_id: str) -> None:
    assert job_id
    acme("ask", "-c", "acme", "--session", "s1", "How long do refunds take?")

    listed = first(acme("sessions", "list", "-c", "acme", "--json"))
    shown = acme("sessions", "show", "-c", "acme", "s1")
    erased = acme("sessions", "erase", "-c", "acme", "s1")

    assert (listed["session_id"], listed["turns"]) == ("s1", 1)
    assert shown.out == "> How long do refunds take?\nRefunds take 30 days. [1]\n\n"
    assert erased.out == "Erased.\n"
    assert acme("sessions", "list", "-c", "acme", "--json").json() == []


def test_a_users_sessions_are_erased(acme: Run) -> None:
    assert acme("sessions", "erase", "-c", "acme", "--user", "ann").out == "Erased 0 sessions.\n"


@pytest.mark.parametrize("named", [(), ("s1", "--user", "ann")])
def test_what_to_erase_is_named_once(acme: Run, named: tuple[str, ...]) -> None:
    assert acme("sessions", "erase", "-c", "acme", *named).code == 2


def test_a_configuration_has_a_history_with_its_authors(acme: Run) -> None:
    acme("config", "set", "acme", "search_settings.top_k=7")

    versions = acme("config", "versions", "acme", "--json").json()

    assert isinstance(versions, list)
    assert [each["version"] for each in versions] == [2, 1]
    assert {each["created_by"] for each in versions} == {f"cli:{getpass.getuser()}"}


def test_versions_are_compared_and_rolled_back(acme: Run) -> None:
    acme("config", "set", "acme", "search_settings.top_k=7")

    changed = acme("config", "diff", "acme")
    rolled = acme("config", "rollback", "acme", "1")
    equal = acme("config", "diff", "acme", "1", "3")

    assert changed.out == "search_settings.top_k  5 -> 7\n"
    assert rolled.out == "acme now has version 3, equal to version 1.\n"
    assert equal.out == "Versions 1 and 3 are equal.\n"


def test_a_configuration_is_tried_before_it_is_saved(acme: Run) -> None:
    tried = acme("config", "preview", "acme", "Hello!", "prompts.greeting=Ahoy!")
    told = acme("config", "preview", "acme", "Hello!", "prompts.greeting=Ahoy!", "--json")
    saved = acme("config", "show", "acme", "--json")

    assert tried.out.startswith("Ahoy!")
    assert members(told)["answer"].startswith("Ahoy!")
    assert members(saved)["version"] == 1


@pytest.mark.parametrize("versions", [("9",), ("1", "9"), ()])
def test_a_version_that_does_not_exist_is_misuse(acme: Run, versions: tuple[str, ...]) -> None:
    assert acme("config", "diff", "acme", *versions).code == 2
