"""`ragtenancy reindex` on a folder that needs none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


def test_where_every_document_is_of_the_model_it_says_so(read: Run) -> None:
    ended = read("reindex", "acme")

    assert ended.code == 0
    assert ended.out == "acme: every document already uses all-MiniLM-L6-v2-int8.\n"


def test_every_client_is_reindexed_as_json(read: Run) -> None:
    done = read("reindex", "--all", "--json").json()

    assert done == {
        "acme": {"model": "all-MiniLM-L6-v2-int8", "documents": 0, "chunks": 0, "switched": 0}
    }


@pytest.mark.parametrize("arguments", [(), ("acme", "--all")])
def test_clients_are_named_or_all_are_meant(read: Run, arguments: tuple[str, ...]) -> None:
    assert read("reindex", *arguments).code == 2


def test_an_unknown_client_is_an_error(read: Run) -> None:
    ended = read("reindex", "nobody")

    assert (ended.code, "Traceback" in ended.err) == (1, False)


@pytest.mark.parametrize("how", ["--all", "--reparse"])
def test_a_client_that_fails_does_not_keep_the_others_from_being_done(run: Run, how: str) -> None:
    for client_id in ("acme", "globex", "initech"):
        run("client", "create", client_id)
    run("client", "suspend", "globex")

    clients = () if how == "--all" else ("acme", "globex", "nobody", "initech")
    ended = run("reindex", how, *clients)

    assert ended.code == 1
    assert [line.partition(":")[0] for line in ended.out.splitlines()] == ["acme", "initech"]
    failed = [line for line in ended.err.splitlines() if line.startswith("ragtenancy:")]
    assert failed[0] == "ragtenancy: globex: This client is suspended."
    assert len(failed) == 1 + (how != "--all")


def test_documents_that_these_readers_have_read_are_not_read_again(read: Run) -> None:
    ended = read("reindex", "acme", "--reparse")

    assert ended.code == 0
    assert ended.out == "acme: every document was already read by the present readers.\n"


def test_what_changed_is_reported_by_document(run: Run, guides: Path) -> None:
    run("client", "create", "acme")
    run("ingest", "-c", "acme", str(guides / "User_Guide.docx"))
    run("config", "set", "acme", "chunking.target_tokens=32")

    ended = run("reindex", "--all", "--reparse")

    summary, line = ended.out.splitlines()
    assert summary == "acme: 1 document read again: 1 changed."
    assert re.fullmatch(r"  User_Guide\.docx \(doc_\w+\): \d+ chunks, \d+ before; \d+ .*", line)
