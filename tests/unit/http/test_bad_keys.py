"""T36: the address by which bad keys are limited."""

from __future__ import annotations

import pytest

from ragtenancy.http.bad_keys import client_address

PEER = "192.0.2.1"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ([], 0, PEER),
        (["198.51.100.7"], 0, PEER),
        (["198.51.100.7"], 1, "198.51.100.7"),
        (["10.0.0.1, 198.51.100.7"], 1, "198.51.100.7"),
        (["10.0.0.1", "198.51.100.7"], 1, "198.51.100.7"),
        (["198.51.100.7, 203.0.113.5"], 2, "198.51.100.7"),
        (["198.51.100.7"], 2, PEER),
        ([], 1, PEER),
        (["unknown"], 1, PEER),
        (["2001:db8:1:2:3::4"], 1, "2001:db8:1:2::/64"),
        (["::ffff:198.51.100.7"], 1, "198.51.100.7"),
    ],
)
def test_the_address_is_the_one_that_the_trusted_proxies_saw(
    forwarded: list[str], proxies: int, expected: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]

    assert client_address(PEER, headers, proxies) == expected
