"""The form of keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.domain.api_keys import (
    ALPHABET,
    KEY_PATTERN,
    MAX_KEY_LENGTH,
    ApiKey,
    Pepper,
    Scope,
    Signature,
    base62,
    compose,
    grantable,
    key_id_of,
    peppers_of,
    plan_key,
    signed_text,
)
from ragtenancy.domain.errors import ConflictError, InvalidError, MalformedError
from ragtenancy.domain.ids import ApiKeyId, TenantId, TenantUid
from tests.factories import tenant

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


def test_a_key_is_usable_until_it_expires() -> None:
    assert record().usable(NOW + timedelta(days=1) - timedelta(microseconds=1))


def test_a_key_that_never_expires_is_usable() -> None:
    assert structs.replace(record(), expires_at=None).usable(NOW + timedelta(days=9_999))


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


def test_a_refusal_of_a_key_names_the_field() -> None:
    with pytest.raises(InvalidError) as refused:
        grantable("", [Scope.CHAT], NOW, now=NOW)

    assert refused.value.detail == "`expires_at` must be in the future."


@pytest.mark.parametrize(
    ("label", "expires_at", "field"),
    [("a" * 201, None, "label"), ("", NOW.replace(tzinfo=None), "expires_at")],
)
def test_a_value_out_of_bounds_is_named(
    label: str, expires_at: datetime | None, field: str
) -> None:
    with pytest.raises(MalformedError, match=field):
        grantable(label, [Scope.CHAT], expires_at, now=NOW)


@pytest.mark.parametrize("text", ["", "a" * (MAX_KEY_LENGTH + 1), "ä", "a\n", "a\x00"])
def test_what_cannot_be_a_key_has_no_record(text: str) -> None:
    assert key_id_of(text) is None


def test_the_longest_key_has_a_record() -> None:
    assert key_id_of("a" * MAX_KEY_LENGTH) is not None


def test_a_plan_key_is_its_tenants_and_signed_by_its_id() -> None:
    owner, pepper = tenant(), Pepper(version=3, secret=b"a" * 32)

    key = plan_key(owner, "ab" * 32, pepper, NOW)

    assert key.key_id == "sha256:" + "ab" * 32
    assert key.mac == pepper.mac(signed_text(key.key_id, "the key itself"))
    assert (key.tenant_id, key.tenant_uid) == (owner.tenant_id, owner.tenant_uid)
    assert (key.pepper_version, key.label, key.created_at) == (3, "plan", NOW)
    assert (key.expires_at, key.revoked_at) == (None, None)


def test_a_key_of_ours_is_signed_by_itself() -> None:
    assert signed_text(ApiKeyId("0" * 11), "the key itself") == "the key itself"


def test_peppers_are_read_by_version() -> None:
    found = peppers_of(f"1={'ab' * 32}, 7={'cd' * 32},")

    assert {version: pepper.secret for version, pepper in found.items()} == {
        1: b"\xab" * 32,
        7: b"\xcd" * 32,
    }
    assert [pepper.version for pepper in found.values()] == [1, 7]


def test_a_pepper_without_a_version_is_the_first() -> None:
    assert list(peppers_of("ab" * 32)) == [1]


@pytest.mark.parametrize("text", [f"1={'ab' * 32},1={'cd' * 32}", "1=ab", f"0={'ab' * 32}", "x"])
def test_other_peppers_are_refused_without_their_text(text: str) -> None:
    with pytest.raises(MalformedError) as refused:
        peppers_of(text)

    assert "abab" not in str(refused.value)


def test_a_scope_that_does_not_exist_is_named() -> None:
    with pytest.raises(MalformedError, match="scopes"):
        grantable("", [cast("Scope", "admin")], None, now=NOW)


def test_a_use_is_kept_by_its_day_and_signed_by_a_newer_pepper() -> None:
    newer = Pepper(version=2, secret=b"b" * 32)

    used = record().used(
        NOW + timedelta(hours=23, minutes=59, seconds=58, microseconds=7), newer, "text"
    )

    assert used.last_used_on == NOW
    assert (used.mac, used.pepper_version) == (newer.mac("text"), 2)
    assert used.pepper_fingerprint == newer.fingerprint


def test_a_use_with_the_same_pepper_signs_again() -> None:
    same = Pepper(version=1, secret=b"a" * 32)

    assert record().used(NOW, same, "text").pepper_fingerprint == same.fingerprint


def test_a_use_with_an_older_pepper_keeps_the_signature() -> None:
    signed = structs.replace(record(), mac=b"signed", pepper_version=2)

    used = signed.used(NOW, Pepper(version=1, secret=b"a" * 32), "text")

    assert used == structs.replace(signed, last_used_on=NOW)


def test_a_replaced_key_works_until_the_overlap_ends() -> None:
    lasting = structs.replace(record(), expires_at=None)

    assert lasting.replaced(NOW, timedelta(hours=1)).expires_at == NOW + timedelta(hours=1)


def test_a_replaced_key_never_works_longer_than_before() -> None:
    assert record().replaced(NOW, timedelta(days=2)).expires_at == NOW + timedelta(days=1)


def test_a_key_replaced_without_overlap_is_revoked() -> None:
    replaced = record().replaced(NOW, timedelta(0))

    assert (replaced.revoked_at, replaced.expires_at) == (NOW, record().expires_at)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=30, seconds=1)])
def test_an_overlap_out_of_bounds_is_named(overlap: timedelta) -> None:
    with pytest.raises(MalformedError, match="overlap_seconds"):
        record().replaced(NOW, overlap)


def test_the_longest_overlap_is_thirty_days() -> None:
    lasting = structs.replace(record(), expires_at=None)

    assert lasting.replaced(NOW, timedelta(days=30)).expires_at == NOW + timedelta(days=30)


@pytest.mark.parametrize("key", [record().revoked(NOW), structs.replace(record(), expires_at=NOW)])
def test_a_key_that_cannot_be_used_cannot_be_replaced(key: ApiKey) -> None:
    with pytest.raises(ConflictError) as refused:
        key.replaced(NOW, timedelta(hours=1))

    assert refused.value.reason == "key_not_usable"


PEPPER = Pepper(version=1, secret=b"a" * 32)
OTHER = Pepper(version=1, secret=b"b" * 32)


@pytest.mark.parametrize(
    ("fingerprint", "live", "pepper", "fits"),
    [
        (PEPPER.fingerprint, True, PEPPER, True),
        (PEPPER.fingerprint, True, OTHER, False),
        (PEPPER.fingerprint, True, None, False),
        (None, True, OTHER, True),
        (PEPPER.fingerprint, False, OTHER, True),
        (PEPPER.fingerprint, False, None, True),
    ],
)
def test_a_pepper_must_fit_the_keys_that_can_still_be_used(
    fingerprint: bytes | None, live: bool, pepper: Pepper | None, fits: bool
) -> None:
    signature = Signature(pepper_version=1, pepper_fingerprint=fingerprint, live=live)

    assert signature.fits(pepper) is fits


def test_a_key_says_what_signed_it() -> None:
    signed = record().used(NOW, PEPPER, "text")

    assert signed.signature == Signature(
        pepper_version=1, pepper_fingerprint=PEPPER.fingerprint, live=True
    )
    assert not signed.revoked(NOW).signature.live
    assert signed.last_used == NOW.date()
    assert record().last_used is None
