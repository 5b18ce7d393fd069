"""`ragtenancy reindex` on a folder that needs none."""

from __future__ import annotations

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
