"""The bytes of unfinished requests."""

from __future__ import annotations

import pytest

from ragtenancy.domain.errors import LimitError, OverloadedError
from ragtenancy.http.bodies import UnfinishedBytes


def _uploads(limit: int, *clients: str) -> UnfinishedBytes:
    unfinished = UnfinishedBytes(limit)
    for client in clients:
        unfinished.begin(client)
    return unfinished


def test_a_client_may_use_a_quarter() -> None:
    unfinished = _uploads(100, "acme", "acme")
    unfinished.add("acme", 25)

    with pytest.raises(LimitError) as refused:
        unfinished.add("acme", 1)

    assert refused.value.reason == "uploads_unfinished"
    assert refused.value.context["limit"] == 25


def test_a_client_may_use_as_much_as_four_of_its_largest_uploads() -> None:
    unfinished = UnfinishedBytes(1_000)
    unfinished.begin("acme", 10)
    unfinished.begin("acme", 10)
    unfinished.add("acme", 40)

    with pytest.raises(LimitError) as refused:
        unfinished.add("acme", 1)

    assert refused.value.context["limit"] == 40


def test_one_client_does_not_use_up_what_another_has() -> None:
    unfinished = _uploads(100, "acme", "acme", "globex")
    unfinished.add("acme", 25)

    unfinished.add("globex", 20)


def test_all_clients_together_are_bounded() -> None:
    unfinished = _uploads(100, *(client for client in "abcde" for _ in range(2)))
    for client in "abcd":
        unfinished.add(client, 25)

    with pytest.raises(OverloadedError):
        unfinished.add("e", 1)


@pytest.mark.parametrize("client", ["acme", "globex"])
def test_a_finished_body_makes_room(client: str) -> None:
    unfinished = _uploads(100, "acme", "acme")
    unfinished.add("acme", 25)
    unfinished.end("acme", 25)
    unfinished.begin(client)

    unfinished.add(client, 25)


def test_a_single_large_body_is_received() -> None:
    unfinished = _uploads(100, "acme")

    unfinished.add("acme", 1_000)
