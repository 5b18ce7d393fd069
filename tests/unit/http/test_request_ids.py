"""Which request ids are taken over."""

from __future__ import annotations

import pytest

from ragtenancy.http.requests import chosen_request_id


@pytest.mark.parametrize("given", ["a", "req-1", "with space", "x" * 128])
def test_a_good_id_is_kept(given: str) -> None:
    assert chosen_request_id([(b"x-request-id", given.encode())], "made") == given


@pytest.mark.parametrize(
    "given", [b"", b" ", b"x" * 129, b"a\nb", b"a\x00", "ü".encode(), b"a\x7f"]
)
def test_a_bad_id_is_replaced(given: bytes) -> None:
    assert chosen_request_id([(b"X-Request-ID", given)], "made") == "made"


def test_two_ids_are_replaced() -> None:
    assert chosen_request_id([(b"x-request-id", b"a"), (b"x-request-id", b"b")], "made") == "made"
