"""The form of keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.api_keys import (
    ALPHABET,
    KEY_PATTERN,
    ApiKey,
    Pepper,
    Scope,
    base62,
    compose,
    grantable,
    key_id_of,
)
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.ids import ApiKeyId, TenantId, TenantUid

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY_IDS = st.text(ALPHABET, min_size=11, max_size=11)
SECRETS = st.text(ALPHABET, min_size=43, max_size=43)


def record() -> ApiKey:
    return ApiKey(
        key_id=ApiKeyId("0" * 11),
        tenant_id=TenantId("acme"),
        tenant_uid=TenantUid("t" + "a" * 26),
        mac=b"",
        pepper_version=1,
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )


@given(key_id=KEY_IDS, secret=SECRETS)
def test_a_key_names_its_record(key_id: str, secret: str) -> None:
    assert key_id_of(compose("local", ApiKeyId(key_id), secret)) == key_id


@given(key_id=KEY_IDS, secret=SECRETS, place=st.integers(10, 63))
def test_a_mistyped_key_is_seen_without_asking_the_store(
    key_id: str, secret: str, place: int
) -> None:
    key = compose("local", ApiKeyId(key_id), secret)
    other = "0" if key[place] != "0" else "1"

    assert key_id_of(key[:place] + other + key[place + 1 :]) is None


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    found = key_id_of(text)

    assert found is None or found.startswith("sha256:") or len(found) == 11


def test_a_key_without_our_prefix_is_found_by_its_digest() -> None:
    found = key_id_of("legacy-key")

    assert found is not None
    assert found.startswith("sha256:")


def test_a_key_fits_the_published_pattern() -> None:
    import re

    key = compose("local", ApiKeyId("a" * 11), "b" * 43)

    assert re.fullmatch(KEY_PATTERN, key)


def test_an_expired_key_is_not_usable() -> None:
    assert not record().usable(NOW + timedelta(days=1))


def test_a_revoked_key_is_not_usable() -> None:
    assert not record().revoked(NOW).usable(NOW)


def test_the_first_revocation_stays() -> None:
    assert record().revoked(NOW).revoked(NOW + timedelta(days=2)).revoked_at == NOW


def test_another_pepper_makes_another_mac() -> None:
    first = Pepper(version=1, secret=b"a" * 32)

    assert first.mac("key") != Pepper(version=2, secret=b"b" * 32).mac("key")


def test_a_pepper_does_not_print_its_secret() -> None:
    assert "aaaa" not in repr(Pepper(version=1, secret=b"a" * 32))


@given(st.integers(0, 2**32 - 1))
def test_checksums_have_six_characters(number: int) -> None:
    assert len(base62(number, 6)) == 6


def test_a_scope_is_granted_once() -> None:
    granted = grantable("", [Scope.CHAT, Scope.SEARCH, Scope.CHAT], None, now=NOW)

    assert granted == (Scope.CHAT, Scope.SEARCH)


@pytest.mark.parametrize(
    ("scopes", "expires_at", "code"),
    [([], None, "no_scopes"), ([Scope.CHAT], NOW, "already_expired")],
)
def test_a_key_that_would_never_work_is_refused(
    scopes: list[Scope], expires_at: datetime | None, code: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        grantable("", scopes, expires_at, now=NOW)

    assert refused.value.reason == code
