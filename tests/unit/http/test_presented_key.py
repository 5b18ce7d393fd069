"""Which credential a request presents."""

from __future__ import annotations

import pytest

from ragtenancy.domain.errors import MalformedError, UnauthenticatedError
from ragtenancy.http.auth import presented_key

Headers = list[tuple[bytes, bytes]]


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-api-key", b"secret")],
        [(b"X-API-KEY", b" secret ")],
        [(b"authorization", b"Bearer secret")],
        [(b"Authorization", b"bearer  secret")],
        [(b"x-api-key", b"secret"), (b"authorization", b"Bearer secret")],
        [(b"x-api-key", b"secret"), (b"authorization", b"Basic abc")],
    ],
)
def test_one_credential_is_found(headers: Headers) -> None:
    assert presented_key(headers) == "secret"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"x-api-key", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Basic abc")],
        [(b"cookie", b"x-api-key=secret")],
    ],
)
def test_no_credential_is_unauthenticated(headers: Headers) -> None:
    with pytest.raises(UnauthenticatedError):
        presented_key(headers)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-api-key", b"a"), (b"x-api-key", b"b")],
        [(b"x-api-key", b"a"), (b"x-api-key", b"a")],
        [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
        [(b"x-api-key", b"a"), (b"authorization", b"Bearer b")],
    ],
)
def test_two_credentials_are_malformed(headers: Headers) -> None:
    with pytest.raises(MalformedError):
        presented_key(headers)
