"""API keys: their format, records and validity.

Form: `rtk_<env>_<key id><secret><crc>` in base62 with `_` between id and secret; the key id has
11 characters (≥ 60 bit), the secret 43 (256 bit), the CRC-32 of all before it 6.
"""

from __future__ import annotations

import hmac
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated

from msgspec import Meta, Struct, structs

from ragtenancy.domain.bounds import LINE, Moment, require_within
from ragtenancy.domain.errors import ConflictError, InvalidError, MalformedError
from ragtenancy.domain.ids import ApiKeyId, TenantId, TenantUid
from ragtenancy.domain.tenants import Tenant
from ragtenancy.domain.validation_words import shape

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_PATTERN = r"rtk_[a-z0-9]{1,16}_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}"
KEY_ID_LENGTH = 11
SECRET_LENGTH = 43
MAX_KEY_LENGTH = 128
FINGERPRINTED = b"ragtenancy pepper fingerprint"
PLAN_KEY = "sha256:"
_KEY = re.compile(
    r"rtk_[a-z0-9]{1,16}_(?P<id>[0-9A-Za-z]{11})_[0-9A-Za-z]{43}(?P<crc>[0-9A-Za-z]{6})\Z"
)

_PEPPER = re.compile(r"(?:(?P<version>[1-9][0-9]{0,5})=)?(?P<secret>(?:[0-9a-fA-F]{2}){32,128})\Z")

SECOND = timedelta(seconds=1)
DEFAULT_OVERLAP = timedelta(hours=24)
OverlapSeconds = Annotated[int, Meta(ge=0, le=30 * 24 * 3_600)]
Label = Annotated[str, Meta(max_length=200, pattern=LINE)]
_HASH = shape(r"\A[0-9a-f]{64}\Z", "64 lower-case hexadecimal digits")
KeyHash = Annotated[str, Meta(pattern=_HASH)]


class Scope(StrEnum):
    """The permissions of a tenant's key."""

    CHAT = "chat"
    SEARCH = "search"
    INGEST = "ingest"


ALL_SCOPES: tuple[Scope, ...] = tuple(Scope)
Scopes = Annotated[Sequence[Scope], Meta(min_length=1, max_length=len(Scope))]


def grantable(
    label: str, scopes: Sequence[Scope], expires_at: datetime | None, *, now: datetime
) -> Sequence[Scope]:
    """Return the distinct scopes of a new key.

    Raises `MalformedError` for a label, scope or time out of bounds; `InvalidError` if the
    key would never work.
    """
    require_within(label, Label, "label")
    require_within(expires_at, Moment | None, "expires_at")
    if expires_at is not None and expires_at <= now:
        raise InvalidError("`expires_at` must be in the future.", code="already_expired")
    granted = tuple(dict.fromkeys(scopes))
    if not granted:
        raise InvalidError("A key needs at least one scope.", code="no_scopes")
    require_within(granted, Scopes, "scopes")
    return granted


class ApiKey(Struct, frozen=True, kw_only=True):
    """The record of a key; the key itself is never stored, only its MAC.

    `last_used_on` is the beginning of the day (UTC) of its latest use. Records of older versions
    lack the fingerprint of their pepper.
    """

    key_id: ApiKeyId
    tenant_id: TenantId
    tenant_uid: TenantUid
    mac: bytes
    pepper_version: int
    pepper_fingerprint: bytes | None = None
    label: str = ""
    scopes: Sequence[Scope] = ALL_SCOPES
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def last_used(self) -> date | None:
        """The day (UTC) of its latest use."""
        return self.last_used_on and self.last_used_on.date()

    @property
    def signature(self) -> Signature:
        """The pepper that the key was signed with."""
        return Signature(
            pepper_version=self.pepper_version,
            pepper_fingerprint=self.pepper_fingerprint,
            live=self.revoked_at is None,
        )

    def used(self, at: datetime, pepper: Pepper, signed: str) -> ApiKey:
        """Return the key used at a time, and signed by a pepper, unless by a newer one already."""
        used = structs.replace(
            self, last_used_on=at.replace(hour=0, minute=0, second=0, microsecond=0)
        )
        if pepper.version < self.pepper_version:
            return used
        return structs.replace(
            used,
            mac=pepper.mac(signed),
            pepper_version=pepper.version,
            pepper_fingerprint=pepper.fingerprint,
        )

    def replaced(self, at: datetime, overlap: timedelta) -> ApiKey:
        """Return the key with the expiry that its successor leaves it; without overlap, revoked.

        Raises `MalformedError` for an overlap out of bounds, `ConflictError` (key_not_usable) for a
        key that is revoked or expired.
        """
        require_within(overlap // SECOND, OverlapSeconds, "overlap_seconds")
        if not self.usable(at):
            raise ConflictError("The key is revoked or expired.", code="key_not_usable")
        if not overlap:
            return self.revoked(at)
        end = at + overlap
        return structs.replace(self, expires_at=min(end, self.expires_at or end))

    def revoked(self, at: datetime) -> ApiKey:
        """Return the key revoked; an earlier revocation time stays."""
        return structs.replace(self, revoked_at=self.revoked_at or at)

    def ended(self, at: datetime, ends_at: datetime) -> ApiKey:
        """Return the key as a ledger has it: revoked at a time or, if it ends later, expiring."""
        if ends_at <= at:
            return self.revoked(at)
        return structs.replace(self, expires_at=min(ends_at, self.expires_at or ends_at))


class Signature(Struct, frozen=True, kw_only=True):
    """The pepper that keys were signed with, and whether one of them can still be used."""

    pepper_version: int
    pepper_fingerprint: bytes | None
    live: bool

    def fits(self, pepper: Pepper | None) -> bool:
        """Return whether a pepper of this version verifies the keys, as far as can be known."""
        if pepper is None:
            return not self.live
        return not self.live or self.pepper_fingerprint in (None, pepper.fingerprint)


class Pepper(Struct, frozen=True, kw_only=True):
    """The secret that makes a stored MAC useless, and unplantable, without it."""

    version: int
    secret: bytes

    def __repr__(self) -> str:
        """Hide the secret."""
        return f"Pepper(version={self.version})"

    @property
    def fingerprint(self) -> bytes:
        """Sixteen bytes that tell peppers of one version apart, and nothing of the secret."""
        return hmac.new(self.secret, FINGERPRINTED, sha256).digest()[:16]

    def mac(self, key: str) -> bytes:
        """Return HMAC-SHA256 of a key, 32 bytes (RFC 2104)."""
        return hmac.new(self.secret, key.encode(), sha256).digest()


def peppers_of(text: str) -> Mapping[int, Pepper]:
    """Return the peppers of `1=HEX,2=HEX` by version; `HEX` alone is version 1.

    Raises `MalformedError`, without the text, for anything else and for a secret under 256 bits.
    """
    found: dict[int, Pepper] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _PEPPER.match(part)
        version = int(match["version"] or 1) if match else 0
        if match is None or version in found:
            raise MalformedError(
                "Peppers are given as `1=…,2=…`, each version once, with at least 64 hexadecimal "
                "digits."
            )
        found[version] = Pepper(version=version, secret=bytes.fromhex(match["secret"]))
    return found


def compose(environment: str, key_id: ApiKeyId, secret: str) -> str:
    """Return the key with its checksum."""
    body = f"rtk_{environment}_{key_id}_{secret}"
    return body + base62(zlib.crc32(body.encode()), 6)


def key_id_of(text: str) -> ApiKeyId | None:
    """Return the id of a key's record, None for text that cannot be one of our keys.

    A key without our prefix is the original plan's: its id is `sha256:<hex>`.
    """
    if not text or len(text) > MAX_KEY_LENGTH or not text.isascii() or not text.isprintable():
        return None
    if not text.startswith("rtk_"):
        return plan_key_id(sha256(text.encode()).hexdigest())
    match = _KEY.match(text)
    if match is None or base62(zlib.crc32(text[:-6].encode()), 6) != match["crc"]:
        return None
    return ApiKeyId(match["id"])


def plan_key_id(api_key_hash: str) -> ApiKeyId:
    """Return the id of a key of the original plan, given its SHA-256 in hex."""
    return ApiKeyId(PLAN_KEY + api_key_hash)


def signed_text(key_id: ApiKeyId, credential: str) -> str:
    """Return the text that a record's MAC signs: the key, or a plan key's id, all that was stored.

    Either way a record made without the pepper is worthless.
    """
    return key_id if key_id.startswith(PLAN_KEY) else credential


def plan_key(tenant: Tenant, api_key_hash: str, pepper: Pepper, at: datetime) -> ApiKey:
    """Return the record that makes a tenant's key of the original plan valid."""
    key_id = plan_key_id(api_key_hash)
    return ApiKey(
        key_id=key_id,
        tenant_id=tenant.tenant_id,
        tenant_uid=tenant.tenant_uid,
        mac=pepper.mac(key_id),
        pepper_version=pepper.version,
        pepper_fingerprint=pepper.fingerprint,
        label="plan",
        created_at=at,
    )


def base62(number: int, width: int) -> str:
    """Return a number in base62, padded with zeros to `width`."""
    digits = []
    while number:
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits)).rjust(width, ALPHABET[0])
