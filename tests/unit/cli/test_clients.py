"""Clients, keys and configurations by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragtenancy.version import __version__
from tests.unit.cli.conftest import Run


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").out == f"ragtenancy {__version__}\n"


def test_a_new_client_comes_with_its_key(run: Run) -> None:
    ended = run("client", "create", "acme", "--name", "Acme")

    assert ended.code == 0
    assert "rtk_local_" in ended.out


def test_a_client_is_made_as_json_like_the_wire(run: Run) -> None:
    made = run("client", "create", "acme", "--json").json()

    assert isinstance(made, dict)
    assert made["client_id"] == "acme"
    assert made["pinecone_namespace"] == "acme"
    assert made["api_key"].startswith("rtk_local_")


def test_an_error_is_one_line_and_code_1(run: Run) -> None:
    run("setup")

    ended = run("client", "show", "nobody")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "ragtenancy: There is no such client.\n"


@pytest.mark.parametrize(
    "arguments", [("client", "create"), ("fly",), ("search", "x"), ("jobs", "--status", "lost")]
)
def test_misuse_is_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == 2


def test_an_unknown_setting_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTENANCY_COLOUR", "red")

    ended = run("client", "list")

    assert ended.err == "ragtenancy: RAGTENANCY_COLOUR is unknown.\n"


def test_clients_are_listed(run: Run) -> None:
    run("client", "create", "acme", "--name", "Acme [red]Corp")

    ended = run("client", "list")

    assert "Acme [red]Corp" in ended.out


def test_a_client_shows_what_it_holds(read: Run) -> None:
    shown = read("client", "show", "acme", "--json").json()

    assert isinstance(shown, dict)
    assert shown["usage"]["documents"] == 2


def test_a_suspended_client_is_not_served_until_it_is_resumed(run: Run) -> None:
    run("client", "create", "acme")
    run("client", "suspend", "acme")

    refused = run("documents", "--client", "acme")
    run("client", "resume", "acme")

    assert refused.err == "ragtenancy: This client is suspended.\n"
    assert run("documents", "--client", "acme").code == 0


def test_deleting_asks_first(run: Run) -> None:
    run("client", "create", "acme")

    assert run("client", "delete", "acme", typed="n\n").code == 1
    assert run("client", "show", "acme").code == 0


def test_a_deleted_client_leaves_a_receipt(run: Run) -> None:
    run("client", "create", "acme")

    receipt = run("client", "delete", "acme", "--yes", "--json").json()

    assert isinstance(receipt, dict)
    assert receipt["verified"] is True
    assert run("client", "show", "acme").code == 1


def test_a_key_is_shown_once(run: Run) -> None:
    run("client", "create", "acme")

    made = run("key", "create", "-c", "acme", "--scope", "chat", "--label", "web", "--json").json()
    listed = run("key", "list", "-c", "acme")

    assert isinstance(made, dict)
    assert made["scopes"] == ["chat"]
    assert made["api_key"] not in listed.out
    assert made["key_id"] in listed.out


def test_a_revoked_key_says_since_when(run: Run) -> None:
    run("client", "create", "acme")
    made = run("key", "create", "-c", "acme", "--json").json()
    assert isinstance(made, dict)

    ended = run("key", "revoke", "-c", "acme", made["key_id"])

    listed = run("key", "list", "-c", "acme", "--json").json()
    assert ended.code == 0
    assert isinstance(listed, list)
    assert [key["revoked_at"] is None for key in listed] == [True, False]


def test_a_key_may_end(run: Run) -> None:
    run("client", "create", "acme")

    made = run("key", "create", "-c", "acme", "--expires", "2999-12-31", "--json").json()

    assert isinstance(made, dict)
    assert made["expires_at"] == "2999-12-31T00:00:00Z"


def test_a_configuration_is_changed_by_name(run: Run) -> None:
    run("client", "create", "acme")

    ended = run("config", "set", "acme", "search_settings.top_k=3", "prompts.greeting=Hi there")

    shown = run("config", "show", "acme", "--json").json()
    assert ended.out == "acme now has version 2 of its configuration.\n"
    assert isinstance(shown, dict)
    assert shown["search_settings"]["top_k"] == 3
    assert shown["prompts"]["greeting"] == "Hi there"


def test_a_temperature_is_left_to_the_model(run: Run) -> None:
    run("client", "create", "acme")

    run("config", "set", "acme", "llm_settings.temperature=null")

    shown = run("config", "show", "acme", "--json").json()
    assert isinstance(shown, dict)
    assert shown["llm_settings"]["temperature"] is None


def test_a_file_is_the_whole_configuration(run: Run, tmp_path: Path) -> None:
    run("client", "create", "acme")
    run("config", "set", "acme", "search_settings.top_k=3")
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"prompts": {"greeting": "Hello"}}))

    run("config", "set", "acme", str(file))

    shown = run("config", "show", "acme", "--json").json()
    assert isinstance(shown, dict)
    assert shown["search_settings"]["top_k"] == 5


@pytest.mark.parametrize(
    ("change", "code"),
    [("search_settings.top_k=0", 1), ("search_settings.depth=1", 1), ("top_k=3", 2)],
)
def test_a_change_that_does_not_hold_changes_nothing(run: Run, change: str, code: int) -> None:
    run("client", "create", "acme")

    assert run("config", "set", "acme", change).code == code
    shown = run("config", "show", "acme", "--json").json()
    assert isinstance(shown, dict)
    assert shown["version"] == 1


def test_usage_is_shown_by_day_key_and_model(run: Run) -> None:
    run("client", "create", "acme")
    run("ask", "--client", "acme", "Hello!")

    table = run("client", "usage", "acme").out
    found = run("client", "usage", "acme", "--by", "model", "--json").json()
    lines = run("client", "usage", "acme", "--by", "key", "--csv").out.splitlines()

    assert table.splitlines()[-1].split()[:2] == ["total", "1"]
    assert isinstance(found, dict)
    assert (found["by"], found["total"]["questions"]) == ("model", 1)
    assert lines[0].startswith("key_id,questions,searches,")
    assert lines[1].startswith(",1,0,")


def test_a_wrong_period_of_usage_is_refused(run: Run) -> None:
    run("client", "create", "acme")

    backwards = run("client", "usage", "acme", "--from", "2026-02-02", "--to", "2026-02-01")
    no_day = run("client", "usage", "acme", "--from", "yesterday")

    assert (backwards.code, no_day.code) == (1, 2)
    assert backwards.err == "ragtenancy: `from` must not be after `to`.\n"


def test_a_rotated_key_shows_when_it_ends(run: Run) -> None:
    run("client", "create", "acme")
    before: Any = run("key", "list", "--client", "acme", "--json").json()
    old = before[0]["key_id"]

    rotated = run("key", "rotate", "-c", "acme", old, "--overlap", "24h", "--json")
    made: Any = rotated.json()
    listed: Any = run("key", "list", "--client", "acme", "--json").json()

    assert made["api_key"].startswith("rtk_")
    assert [key["expires_at"] is None for key in listed] == [False, True]
    assert [key["key_id"] for key in listed] == [old, made["key_id"]]


@pytest.mark.parametrize("overlap", ["24", "1y", "-1h", "soon"])
def test_an_overlap_needs_its_unit(run: Run, overlap: str) -> None:
    run("client", "create", "acme")

    assert run("key", "rotate", "-c", "acme", "absent", "--overlap", overlap).code == 2
